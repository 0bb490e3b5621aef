import { Misconfigured, Unavailable } from '../../src/access/errors.ts';
import { ConsentMissing, explainLogin } from '../../src/azure/login-errors.ts';
import { IDS } from './ground.ts';

function explain(code: string | undefined, status = 400, message = 'x'): Error {
  const answer = { status, codes: code === undefined ? [] : [code], retryAfterMs: undefined };
  return explainLogin({ tenantId: IDS.contoso, clientId: IDS.app, answer, error: new Error(message) });
}

describe('explainLogin', () => {
  it.each(['7000215', '7000222', '700027', '700213', '70021', '90002', '500011', '123456'])(
    'calls AADSTS%s a mistake in our own configuration, with a remedy',
    (code) => {
      const error = explain(code, 401);
      expect(error).toBeInstanceOf(Misconfigured);
      expect(error).not.toBeInstanceOf(ConsentMissing);
      expect(error.message).toContain(`AADSTS${code}`);
      expect((error as Misconfigured).remedy).toMatch(/^[A-Z].+\.$/);
    },
  );

  it.each(['700016', '7000112', '65001'])('says of AADSTS%s that one tenant does not let us in', (code) => {
    const error = explain(code);
    expect(error).toBeInstanceOf(ConsentMissing);
    expect(error.message).toContain(IDS.contoso);
  });

  it.each([
    ['90033', 400],
    [undefined, 400],
    ['7000215', 503],
    ['90002', 429],
  ])('is only unavailable for %s with status %i', (code, status) => {
    expect(explain(code, status)).toBeInstanceOf(Unavailable);
  });

  it('finds the number in the message when the answer was not seen', () => {
    const ask = { tenantId: IDS.contoso, clientId: IDS.app, answer: undefined };
    const first = explainLogin({ ...ask, error: new Error('invalid_client: Error(s): 7000215 - Timestamp') });
    expect(first.message).toContain('AADSTS7000215');
    const second = explainLogin({ ...ask, error: new Error('AADSTS700016: Application not found') });
    expect(second).toBeInstanceOf(ConsentMissing);
    expect(explainLogin({ ...ask, error: 'no error at all' })).toBeInstanceOf(Unavailable);
  });

  it('keeps what was said short', () => {
    expect(
      String((explain('1', 400, 'long '.repeat(1_000)).cause as Error).message).length,
    ).toBeLessThanOrEqual(500);
  });
});
