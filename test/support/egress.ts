import { Socket } from 'node:net';

/** Every place this process has opened a connection to: `host:port`, or the path of a unix socket. */
export interface Egress {
  places: ReadonlySet<string>;
  stop(): void;
}

interface Target {
  host?: string;
  port?: number | string;
  path?: string;
}

/** Records where connections go to, whichever library opens them. */
export function recordEgress(): Egress {
  const places = new Set<string>();
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function recorded(this: Socket, ...given: unknown[]) {
    // Node hands the arguments on as one list once they are put in order.
    const [first] = Array.isArray(given[0]) ? (given[0] as unknown[]) : given;
    const { host = 'localhost', port, path } = (first ?? {}) as Target;
    places.add(path ?? `${host}:${port}`);
    return Reflect.apply(connect, this, given) as Socket;
  } as typeof connect;
  return {
    places,
    stop: () => {
      Socket.prototype.connect = connect;
    },
  };
}
