/** What a button is about. `offer` is the form for asking: nothing is asked yet. */
export interface SealTarget {
  kind: 'request' | 'grant' | 'offer';
  /** `AR-7K3M9PQX`; for an offer any word of `[A-Za-z0-9_-]`. */
  id: string;
  /** Version of the request that the card showed; 0 for an offer. */
  version: number;
}

/** Makes and checks the references on buttons. */
export interface Seal {
  /** `g.AR-7K3M9PQX.1.<mac>`: letters, digits, `-`, `_` and dots, under 200 characters. */
  seal(target: SealTarget): string;
  /** The target of a reference that this seal made; undefined for anything else. */
  open(ref: string): SealTarget | undefined;
}

/** The half of a {@link Seal} that cards need. */
export type Sealer = Pick<Seal, 'seal'>;

const LETTERS = { request: 'r', grant: 'g', offer: 'o' } as const;
const KINDS: Readonly<Record<string, SealTarget['kind']>> = { r: 'request', g: 'grant', o: 'offer' };
const REF = /^([rgo])\.([A-Za-z0-9_-]{1,64})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{22,100})$/;
const ID = /^[A-Za-z0-9_-]{1,64}$/;
const MAC = /^[A-Za-z0-9_-]{22,100}$/;
// Sets these MACs apart from every other use of the same key.
const PURPOSE = 'latchkey/button/1|';

/**
 * References that only we can make. The button carries this and its verb, nothing else.
 *
 * @param deps `hmac`: keyed MAC of a text as base64url or hex, at least 128 bits (22 characters), at most 100 characters
 */
export function createSeal({ hmac }: { hmac: (text: string) => string }): Seal {
  const macOf = (body: string): string => {
    const mac = hmac(`${PURPOSE}${body}`);
    if (!MAC.test(mac)) throw new RangeError('the MAC is not 22 to 100 characters of base64url or hex');
    return mac;
  };
  return {
    seal({ kind, id, version }) {
      if (!ID.test(id)) throw new RangeError(`not an id that can be on a button: ${id}`);
      if (!Number.isSafeInteger(version) || version < 0 || version > 999_999_999) {
        throw new RangeError(`not a version: ${version}`);
      }
      const body = `${LETTERS[kind]}.${id}.${version}`;
      return `${body}.${macOf(body)}`;
    },
    open(ref) {
      const match = typeof ref === 'string' ? REF.exec(ref) : null;
      const kind = KINDS[match?.[1] ?? ''];
      if (!match || !kind || !match[2] || !match[3] || !match[4]) return undefined;
      const body = `${match[1]}.${match[2]}.${match[3]}`;
      return sameText(macOf(body), match[4]) ? { kind, id: match[2], version: Number(match[3]) } : undefined;
    },
  };
}

/** Compares without stopping at the first difference, so that time tells nothing about the right MAC. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index += 1) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
