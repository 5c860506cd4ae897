const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The `traceparent` header of a request where it is what W3C Trace Context says; a record may hold it then. */
export function readTraceParent(headers: Headers): string | undefined {
  const value = headers.get('traceparent');
  return value !== null && TRACE_PARENT.test(value) ? value : undefined;
}
