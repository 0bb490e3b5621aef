import { toast } from './toast.js';

/** Does something in the simulated world; what there is to say about it appears as a toast. True when it was done. */
export async function act(what) {
  try {
    const response = await fetch('act', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(what),
    });
    const { say } = await response.json();
    if (say) toast(say, response.ok ? 'info' : 'problem');
    return response.ok;
  } catch {
    toast('The demo does not answer. Is it still running?', 'problem');
    return false;
  }
}

/** Follows a link as far as this world goes. */
export function follow(url) {
  const target = URL.parse(url);
  if (target?.pathname === '/redeem' && target.searchParams.has('rd')) return act({ kind: 'redeem', url });
  toast(`Outside of this simulated world, this opens ${url}`, 'info');
  return Promise.resolve(true);
}

/** A button that is busy until its act is over, so that nothing is pressed twice by accident. */
export function busyWhile(button, doing) {
  button.setAttribute('aria-busy', 'true');
  button.disabled = true;
  return Promise.resolve(doing()).finally(() => {
    button.removeAttribute('aria-busy');
    button.disabled = false;
  });
}
