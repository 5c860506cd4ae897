/** A page that is built, served and opened as its reader would have it: for whatever else has to happen in Chromium. */
export { serveSite } from './site.ts';
export { visit } from './visit.ts';
