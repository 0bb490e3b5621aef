import { storeContract } from '../contracts/store.ts';
import { createFakeStore } from '../support/fake-store.ts';

storeContract('createFakeStore', createFakeStore, async (store, now) => store.claimDue(now));
