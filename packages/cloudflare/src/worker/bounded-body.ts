/** A request's body as text, or why there is none. */
export type BodyText = { readonly text: string } | 'too-large' | 'unreadable';

/** Reads the whole body of a request as UTF-8, up to so many bytes. Never rejects. */
export async function readBoundedText(request: Request, maxBytes: number): Promise<BodyText> {
  if (request.body === null) return { text: '' };
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = request.body.getReader();
  let text = '';
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { text: text + decoder.decode() };
      bytes += value.length;
      if (bytes > maxBytes) {
        void reader.cancel().catch(() => {});
        return 'too-large';
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return 'unreadable';
  }
}
