import './azure-faults/hang.ts';
import './azure-faults/ask.ts';
import './azure-faults/grant.ts';
import './azure-faults/revoke.ts';
import { grounds } from './azure-faults/grounds.ts';

afterAll(() => grounds.stop());
