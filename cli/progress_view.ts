// What a person sees of transfers under way: one line for each host, or one for all and the slowest.

import { formatMs } from "./duration.ts";
import { formatBytes } from "./show.ts";
import { oneLine, pad, widthOf } from "./text.ts";

/** How many hosts have a line of their own at most. */
const MAX_HOSTS = 8;

/** The longest name of a host that is shown whole. */
const MAX_NAME = 24;

/** The longest bar. */
const MAX_BAR = 30;

/** How far one host is. */
export interface HostProgress {
  host: string;
  /** How many bytes have gone or come. */
  bytes: number;
  /** How many there are, if that is known. */
  total: number | undefined;
  /** When it began, in milliseconds. */
  start: number;
  /** Whether it has ended. */
  isOver: boolean;
}

/** How far all of it is. */
export interface ProgressState {
  /** What is done, as in "put site.tar". */
  title: string;
  /** How many hosts there are. */
  hosts: number;
  /** Those that have begun. */
  begun: readonly HostProgress[];
  /** How many bytes a second have gone or come lately. */
  rate: number;
}

/** The room that there is. */
export interface Room {
  columns: number;
  rows: number;
}

/** The lines to show: as many as there is room for, and one left for the cursor. */
export function progressLines(state: ProgressState, room: Room): string[] {
  const { hosts, begun } = state;
  const all = overall(state);
  const rows = Math.max(1, room.rows - 1);
  if (hosts === 1) return [line(state.title, 0, all, "", room)];
  const ended = begun.filter(({ isOver }) => isOver).length;
  const running = begun.filter(({ isOver }) => !isOver);
  const first = line(state.title, 0, all, `  ${ended}/${hosts} hosts`, room);
  // Those that hold up the rest come first.
  const slowest = running.toSorted((a, b) => share(a) - share(b));
  const most = Math.min(MAX_HOSTS, rows - 1);
  const isWhole = slowest.length <= most;
  const shown = slowest.slice(0, isWhole ? most : Math.max(0, most - 1));
  const names = shown.map(({ host }) => shorten(oneLine(host)));
  const width = Math.max(0, ...names.map(widthOf));
  const lines = shown.map((progress, i) =>
    line(`  ${pad(names[i]!, width)}`, width + 2, progress, "", room)
  );
  const more = slowest.length - shown.length;
  if (more > 0 && most > 0) lines.push(cut(`  and ${more} more`, room));
  return [first, ...lines];
}

/** The same in words, for a log. */
export function progressText(state: ProgressState): string {
  const all = overall(state);
  const ended = state.begun.filter(({ isOver }) => isOver).length;
  const hosts = state.hosts > 1 ? `, ${ended} of ${state.hosts} hosts` : "";
  return `${state.title}: ${amount(all)}${hosts}, ${formatBytes(state.rate)}/s`;
}

type Amount = { bytes: number; total: number | undefined; rate?: number };

/** Hosts that have not begun will have as much to do as the others. */
function overall({ begun, hosts, rate }: ProgressState): Amount {
  const bytes = begun.reduce((sum, progress) => sum + progress.bytes, 0);
  const known = begun.filter(({ total }) => total !== undefined);
  const total = known.length === begun.length && begun.length > 0
    ? known.reduce((sum, { total }) => sum + total!, 0) * hosts / begun.length
    : undefined;
  return { bytes, total, rate };
}

function share({ bytes, total }: Amount): number {
  if (total === undefined) return 0;
  return total === 0 ? 1 : Math.min(1, bytes / total);
}

function line(
  title: string,
  width: number,
  progress: Amount,
  end: string,
  room: Room,
): string {
  const name = oneLine(title);
  const { total, bytes, rate } = progress;
  let facts = amount(progress);
  if (rate !== undefined && rate > 0) {
    facts += `  ${formatBytes(rate)}/s`;
    if (total !== undefined && total > bytes) {
      facts += `  ${formatMs(Math.ceil((total - bytes) / rate) * 1000)} left`;
    }
  }
  facts += end;
  const left = room.columns - Math.max(widthOf(name), width) - widthOf(facts) -
    6;
  const size = Math.min(MAX_BAR, left);
  const drawn = size < 5 || total === undefined
    ? ""
    : `${bar(progress, size)}  `;
  return cut(`${title}  ${drawn}${facts}`, room);
}

function bar(progress: Amount, size: number): string {
  const done = Math.round(share(progress) * size);
  return "█".repeat(done) + "░".repeat(size - done);
}

function amount(progress: Amount): string {
  const { bytes, total } = progress;
  if (total === undefined) return formatBytes(bytes);
  const percent = `${Math.floor(share(progress) * 100)}%`.padStart(4);
  return `${percent} of ${formatBytes(total)}`;
}

function shorten(name: string): string {
  return widthOf(name) <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 1)}…`;
}

/** A line that breaks would take the room of two. */
function cut(text: string, { columns }: Room): string {
  const clean = oneLine(text.trimStart());
  const indented = text.slice(0, text.length - text.trimStart().length) + clean;
  if (widthOf(indented) < columns) return indented;
  let short = indented;
  while (short !== "" && widthOf(short) > columns - 2) {
    short = short.slice(0, -1);
  }
  return `${short}…`;
}
