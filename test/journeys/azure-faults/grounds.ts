import { faultGrounds } from '../../support/fault-ground.ts';

/** The grounds that all stories about Azure's failures share. */
export const grounds = faultGrounds();
export const { story } = grounds;
