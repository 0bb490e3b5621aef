import { describe, expect, it } from '@jest/globals';
import { signBody } from '../../../sandbox/slack/signature.ts';

const SECRET = 'fictional-signing-secret-0001';

describe('signBody', () => {
  it('agrees with the example in the vendor documentation', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    expect(signBody('8f742231b10e8888abcd99yyyzzz85a5', 1531420618, body)).toBe(
      'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    );
  });

  it.each([
    ['', 'v0=eaaff87835f91bf4713ee8992d005b736f879f95aa8e00cea75a892e8fc8d63f'],
    [
      'command=%2Faccess&text=contoso+contributor+2h',
      'v0=9739a363ed4b87d782612ec4f2c2fd2a48c5daf5da31390e3632d1f2d9b5d89c',
    ],
    ['text=caf%C3%A9+%F0%9F%94%91', 'v0=a1e93ca7afd2671abecc42b4235db627bdce89d0391c27408c3651b955d30fe6'],
  ])('signs %j', (body, signature) => {
    expect(signBody(SECRET, 1795000000, body)).toBe(signature);
  });
});
