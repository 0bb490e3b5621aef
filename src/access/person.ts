/**
 * One human being: an Entra account in its home tenant. E-mail, display name and chat account are never identity.
 * Both ids are lower-case GUIDs.
 */
export interface Person {
  tenantId: string;
  objectId: string;
}

/** What the directory says about a Person, looked up by id. Names are for showing, never for deciding. */
export interface Profile {
  person: Person;
  displayName: string;
  userPrincipalName: string;
  /** The address an invitation goes to. Absent when the account has none. */
  mail?: string;
  accountEnabled: boolean;
  /** `Guest` accounts are somebody else's people. */
  userType: 'Member' | 'Guest';
}

/** `<tenant id>/<object id>`, lower case: the form used in keys and digests. */
export function personKey(person: Person): string {
  return `${person.tenantId}/${person.objectId}`.toLowerCase();
}

/** True when both are the same human being by id. */
export function samePerson(a: Person, b: Person): boolean {
  return personKey(a) === personKey(b);
}
