import { TextDecoder as Decoder, TextEncoder as Encoder } from '@exodus/bytes/encoding-lite.js';
import { named } from './shared/web-interface.ts';
import { toDomString } from './shared/web-idl.ts';

/** Legacy multi-byte encodings: the library knows their names and throws only when it must decode them. */
const UNSUPPORTED = /^(?:big5|euc-jp|euc-kr|gb18030|gbk|iso-2022-jp|shift_jis)$/;

/** The Encoding Standard's decoder for UTF-8, UTF-16 and the single-byte encodings. */
class TextDecoder extends Decoder {
  constructor(label: string = 'utf-8', options?: { fatal?: boolean; ignoreBOM?: boolean } | null) {
    super(toDomString(label), options ?? {});
    if (UNSUPPORTED.test(this.encoding)) throw new RangeError(`The "${label}" encoding is not supported`);
  }

  override decode(input?: ArrayBufferLike | ArrayBufferView, options?: { stream?: boolean } | null): string {
    return super.decode(input, options ?? {});
  }
}

class TextEncoder extends Encoder {}

/** The globals `TextEncoder` and `TextDecoder`. */
export function create(): { TextEncoder: typeof TextEncoder; TextDecoder: typeof TextDecoder } {
  return { TextEncoder: named(TextEncoder, 'TextEncoder'), TextDecoder: named(TextDecoder, 'TextDecoder') };
}
