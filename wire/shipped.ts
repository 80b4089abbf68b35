// What both sides hold about functions that go by value: where their parts are, and how many of them
// are remembered.

/** What the addresses of code begin with. */
export const CODE_URL = "tongs:///!code/";

/** What the addresses of plans begin with; their names follow. */
export const PLAN_URL = "tongs:///!plan/";

/**
 * How many plans and how much code a realm has for certain, as its controller sees it: more than a
 * program has, unless it makes code while it runs.
 */
export const MAX_SENT = 1024;

/** How many of them each side keeps, so that what is taken to be there is there. */
export const MAX_KEPT = 2 * MAX_SENT;
