/** What the panes draw: the newest scenes, and whom the reader is and where. */
export const store = {
  slack: undefined,
  teams: undefined,
  azure: undefined,
  /** Who the reader is and where each of them is. */
  seat: load(),
};

const listeners = new Set();

/** Calls back after every change. */
export function onChange(listener) {
  listeners.add(listener);
}

/** Tells everybody to draw. */
export function changed() {
  for (const listener of listeners) listener();
}

/** Waits until something is so, for at most two seconds. */
export function drawn(isSo) {
  return new Promise((resolve) => {
    const done = () => {
      listeners.delete(look);
      resolve();
    };
    const look = () => isSo() && done();
    listeners.add(look);
    setTimeout(done, 2000);
    look();
  });
}

/** The person of a pane. */
export function personOf(pane) {
  const { cast } = store[pane];
  return cast.find(({ id }) => id === store.seat[pane].person) ?? cast[0];
}

/** Takes a seat: another person, another place, another tenant. */
export function sit(pane, change) {
  const seat = store.seat[pane];
  if (change.person) seat.person = change.person;
  if (change.place) seat.places[seat.person ?? personOf(pane).id] = change.place;
  try {
    sessionStorage.setItem('seat', JSON.stringify(store.seat));
  } catch {
    // Private windows may refuse; the seat is then lost with a reload.
  }
  changed();
}

function load() {
  const empty = { slack: { places: {} }, teams: { places: {} }, azure: { places: {} } };
  try {
    return { ...empty, ...JSON.parse(sessionStorage.getItem('seat') ?? '{}') };
  } catch {
    return empty;
  }
}

const baseline = {};
const seen = new Map();

/** What was there when the page was opened counts as read. */
export function readAll(pane, ids) {
  baseline[pane] ??= new Set(ids);
}

/** How many of these messages of a place the person has not had in front of them. With it open they have. */
export function unread({ pane, personId, placeId, ids, isOpen }) {
  const key = `${pane} ${personId} ${placeId}`;
  const known = seen.get(key) ?? new Set();
  seen.set(key, known);
  if (isOpen) for (const id of ids) known.add(id);
  return ids.filter((id) => !known.has(id) && !baseline[pane]?.has(id)).length;
}
