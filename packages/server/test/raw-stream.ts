import { createUnitDecoder } from '@isomux/protocol';
import { decodeUnit, encodeUnitFrame, type Unit } from './numbered-unit.ts';

/** A client of one streamed answer: what `POST /v1/runs` gives where there are no WebSockets. */
export class RawStream {
  readonly response: Response;
  readonly #abort: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #units: Unit[] = [];
  readonly #decoder = createUnitDecoder({ maxUnitBytes: 64 * 1024 * 1024 });

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    if (response.body === null) throw new Error('the answer has no body');
    this.#reader = response.body.getReader();
  }

  static async connect(
    url: string,
    name: string,
    received = 0,
    headers: Record<string, string> = {},
    units: readonly Uint8Array[] = [],
  ): Promise<RawStream> {
    const abort = new AbortController();
    const init = { method: 'POST', headers, signal: abort.signal, body: units.length === 0 ? null : joinFrames(units) };
    const response = await fetch(`${url}/v1/runs?connection=${name}&received=${received}`, init);
    if (response.status !== 200) throw new Error(`the server answered ${response.status}`);
    return new RawStream(response, abort);
  }

  /** The next unit; undefined when the stream ends or breaks first. */
  async unit(): Promise<Unit | undefined> {
    while (this.#units.length === 0) {
      const { done, value } = await this.#reader.read().catch(() => ({ done: true, value: undefined }));
      if (done || value === undefined) return undefined;
      this.#decoder.push(value, (unit) => this.#units.push(decodeUnit(unit)));
    }
    return this.#units.shift();
  }

  /** The next unit whose message is of this type. */
  async until(type: string): Promise<Unit> {
    for (;;) {
      const unit = await this.unit();
      if (unit === undefined) throw new Error(`the stream ended before a ${type} message came`);
      if (unit.message?.header.type === type) return unit;
    }
  }

  cut(): void {
    this.#abort.abort();
  }
}

/** A body of frames. */
export function joinFrames(units: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(units.map(encodeUnitFrame)));
}

/** Sends messages of a connection in a request of their own. */
export async function postUnits(
  url: string,
  name: string,
  units: readonly Uint8Array[],
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/v1/runs/${name}/messages`, { method: 'POST', headers, body: joinFrames(units) });
}
