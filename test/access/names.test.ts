import fc from 'fast-check';
import { InvalidCommand } from '../../src/access/errors.ts';
import { checkName, inert, MAX_FREE_TEXT, nearest } from '../../src/access/names.ts';

describe('checkName', () => {
  it('lowers A-Z and nothing else', () => {
    expect(checkName('Contoso-2.EU_x', 'customer')).toBe('contoso-2.eu_x');
  });

  it.each([
    ['\u0441ontoso', 'a Cyrillic letter (U+0441) at position 1'],
    ['cont\u03bfso', 'a Greek letter (U+03BF) at position 5'],
    ['contr\u0131butor', 'a Latin letter outside a-z (U+0131) at position 6'],
    ['\u212aontoso', 'a Latin letter outside a-z (U+212A) at position 1'],
    ['contos\u00f6', 'a Latin letter outside a-z (U+00F6) at position 7'],
    ['\uff43ontoso', 'a full-width character (U+FF43) at position 1'],
    ['\u{1d41c}ontoso', 'a look-alike of ASCII (U+1D41C) at position 1'],
    ['con\u200btoso', 'a zero-width character (U+200B) at position 4'],
    ['con\u00adtoso', 'a zero-width character (U+00AD) at position 4'],
    ['con\ufefftoso', 'a zero-width character (U+FEFF) at position 4'],
    ['con\u{e0041}toso', 'a zero-width character (U+E0041) at position 4'],
    ['con\u202etoso', 'a text-direction (bidi) character (U+202E) at position 4'],
    ['con\u2066toso', 'a text-direction (bidi) character (U+2066) at position 4'],
    ['con\u0301toso', 'a combining mark (U+0301) at position 4'],
    ['contoso\u0662', 'a digit outside 0-9 (U+0662) at position 8'],
    ['con\u0000toso', 'a control character (U+0000) at position 4'],
    ['con\ud800toso', 'half a character (U+D800) at position 4'],
    ['con toso', 'a space (U+0020) at position 4'],
    ['con/toso', 'the character "/" at position 4'],
    ['.contoso', 'does not start with a letter or digit'],
    ['a'.repeat(65), 'longer than 64'],
    ['', 'missing'],
  ])('refuses %j by the kind and place of the character', (text, words) => {
    expect(() => checkName(text, 'customer')).toThrow(InvalidCommand);
    expect(() => checkName(text, 'customer')).toThrow(words);
  });

  it('accepts nothing that is not an ASCII key, and never two spellings but case for one key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        let name: string;
        try {
          name = checkName(text, 'role');
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidCommand);
          return;
        }
        expect(name).toMatch(/^[a-z0-9][a-z0-9._-]{0,63}$/);
        expect(text).toMatch(/^[A-Za-z0-9._-]+$/);
        expect(text.toLowerCase()).toBe(name);
      }),
    );
  });
});

describe('nearest', () => {
  const roles = ['reader', 'contributor', 'backup-operator', 'web'];

  it.each([
    ['raeder', ['reader']],
    ['contribtor', ['contributor']],
    ['CONTRIBUTER', ['contributor']],
    ['contrib', ['contributor']],
    ['wbe', ['web']],
    ['owner', []],
    ['x', []],
    ['', []],
  ])('takes %s for %j', (word, names) => {
    expect(nearest(word, roles)).toEqual(names);
  });

  it('puts the closest first and answers at most three', () => {
    expect(nearest('web1', ['web4', 'web3', 'web2', 'web1'])).toEqual(['web1', 'web2', 'web3']);
  });
});

describe('inert', () => {
  it('leaves one trimmed line of visible text', () => {
    expect(inert('  fix\u202e the\r\n\n\tsite\u200b \u0007now\ud800 ')).toBe('fix the site now');
  });

  it('keeps letters of every language, and signs that mean something elsewhere', () => {
    expect(inert('größe Здравствуй שלום 修復 <!channel> *x* 😀')).toBe(
      'größe Здравствуй שלום 修復 <!channel> *x* 😀',
    );
  });

  it('cuts towers of combining marks', () => {
    expect(inert(`z${'\u0301'.repeat(50)}`)).toBe(`z${'\u0301'.repeat(4)}`);
  });

  it('is bounded, free of control, bidi and zero-width characters, and does nothing the second time', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 700 }),
        fc.integer({ min: 1, max: 600 }),
        (text, max) => {
          const once = inert(text, max);
          expect(Array.from(once).length).toBeLessThanOrEqual(max);
          expect(once).not.toMatch(/\p{Cc}|\p{Cs}|[\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u);
          expect(once).toBe(once.trim());
          expect(inert(once, max)).toBe(once);
        },
      ),
    );
  });

  it('cuts at 500 characters and says so with an ellipsis', () => {
    const cut = inert('😀'.repeat(600));
    expect(Array.from(cut)).toHaveLength(MAX_FREE_TEXT);
    expect(cut.endsWith('😀…')).toBe(true);
  });
});
