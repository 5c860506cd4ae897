import { type AdapterYieldChunk, EventType, type TextOptions } from '@tanstack/ai';
import { BaseTextAdapter } from '@tanstack/ai/adapters';

type NoMetadata = Record<'text' | 'image' | 'audio' | 'video' | 'document', unknown>;

/** In place of a model: it has one program run, whatever it is asked, and answers with what came out. */
export class ScriptedModel extends BaseTextAdapter<'scripted', object, readonly ['text'], NoMetadata> {
  readonly name = 'scripted';
  readonly #program: string;

  constructor(program: string) {
    super(undefined, 'scripted');
    this.#program = program;
  }

  async *chatStream({ messages, threadId = 'thread', runId = 'run' }: TextOptions<object>): AsyncIterable<AdapterYieldChunk> {
    yield { type: EventType.RUN_STARTED, threadId, runId };
    const last = messages.at(-1);
    if (last?.role === 'tool') {
      const messageId = this.generateId();
      yield { type: EventType.TEXT_MESSAGE_START, messageId, role: 'assistant' };
      yield { type: EventType.TEXT_MESSAGE_CONTENT, messageId, delta: typeof last.content === 'string' ? last.content : '' };
      yield { type: EventType.TEXT_MESSAGE_END, messageId };
      yield { type: EventType.RUN_FINISHED, threadId, runId, finishReason: 'stop' };
      return;
    }
    const toolCallId = this.generateId();
    yield { type: EventType.TOOL_CALL_START, toolCallId, toolCallName: 'execute_typescript' };
    yield { type: EventType.TOOL_CALL_ARGS, toolCallId, delta: JSON.stringify({ typescriptCode: this.#program }) };
    yield { type: EventType.TOOL_CALL_END, toolCallId };
    yield { type: EventType.RUN_FINISHED, threadId, runId, finishReason: 'tool_calls' };
  }

  structuredOutput(): Promise<never> {
    return Promise.reject(new Error('This model gives no structured output.'));
  }
}
