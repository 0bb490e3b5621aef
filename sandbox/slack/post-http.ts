import http from 'node:http';
import https from 'node:https';

/** An answer, or why there is none. */
export type PostOutcome =
  { status: number; headers: Record<string, string>; body: string } | 'timedOut' | 'unreachable';

/** Posts a body with exactly these headers on a fresh connection; never rejects. */
export function postHttp(
  url: string,
  post: { headers: Record<string, string>; body: string; timeoutMs: number; signal: AbortSignal },
): Promise<PostOutcome> {
  return new Promise((resolve) => {
    const client = url.startsWith('https:') ? https : http;
    const headers = { ...post.headers, 'content-length': String(Buffer.byteLength(post.body)) };
    const request = client.request(
      url,
      { method: 'POST', headers, agent: false, signal: post.signal },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          clearTimeout(timer);
          resolve({
            status: answer.statusCode ?? 0,
            headers: flat(answer.headers),
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
        answer.on('error', () => resolve('unreachable'));
      },
    );
    const timer = setTimeout(() => {
      resolve('timedOut');
      request.destroy();
    }, post.timeoutMs);
    request.on('error', () => {
      clearTimeout(timer);
      resolve('unreachable');
    });
    request.end(post.body);
  });
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
