// The numbers that both sides of a connection agree on.

/** Counts up with every change of the wire that an older side could not follow. */
export const PROTOCOL_VERSION = 1;

/** The largest payload of one frame in bytes, so that a reply never waits behind a whole file. */
export const MAX_FRAME_SIZE = 64 * 1024;

/** The default for the largest whole value in bytes. */
export const MAX_MESSAGE_SIZE = 128 * 1024 * 1024;

/** How many values one message may hold: a byte on the wire can become 50 in memory. */
export const MAX_ITEMS = 8 * 1024 * 1024;

/** How deep a value may be nested. */
export const MAX_DEPTH = 1000;

/**
 * What a stream may send before the first grant, in bytes. Large enough that the modules of a
 * first call travel in one flight.
 */
export const INITIAL_WINDOW = 1024 * 1024;

/** The same for streams of values, which should not be made long before they are asked for. */
export const ITEM_WINDOW = 64 * 1024;

/**
 * What a value that names other streams takes of the credit on top of its bytes, as those streams
 * are open from then on: so few of them wait to be read.
 */
export const LIVE_COST = 4 * 1024;

/** How many streams a realm may have opened at once; it also asks for modules through such. */
export const MAX_OPENED = 512;

/** The most that a window grows to, in bytes: 100 ms at 160 MiB/s. */
export const MAX_WINDOW = 16 * 1024 * 1024;

/** How many requests of one agent a controller serves at once. */
export const MAX_INCOMING_STREAMS = 1024;

/** How much of unfinished requests of one agent a controller keeps, in bytes. */
export const MAX_REQUESTED = 16 * 1024 * 1024;

/** How often a side asks how much of small messages was received, in bytes. */
export const MARK_INTERVAL = 8 * 1024;

/** How often it asks at least of bulk data, in bytes, however much may be under way. */
export const MAX_MARK_INTERVAL = 256 * 1024;

/**
 * How many bytes may be under way for a write to be sure not to block. A pipe holds 64 KiB in
 * 16 pages, and small writes may leave half of each page unused.
 */
export const SYNC_WRITE_LIMIT = 24 * 1024;

/** Bytes waiting to be written from which on a producer should wait. */
export const HIGH_WATER_MARK = 256 * 1024;

/** Bytes of bulk data waiting to be written from which on more of it should wait. */
export const BULK_MARK = 128 * 1024;

/** How much bulk data may be under way in any case, in bytes: what keeps pipes and processes busy. */
export const MIN_FLIGHT = 128 * 1024;

/** The same while somebody calls. */
export const MIN_BUSY_FLIGHT = 64 * 1024;

/** How many realms an agent has at once; the number is part of the streams that realms open. */
export const MAX_REALMS = 16;
