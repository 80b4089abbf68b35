// What a person sees of transfers under way: one line for each host, or one for all and the slowest.

import { formatMs } from "./duration.ts";
import { formatBytes } from "./show.ts";
import { oneLine, pad, widthOf } from "./text.ts";

/** How many lines there are for single hosts at most. */
const MAX_LINES = 8;

/** How much of a name is left where there is no room. */
const MIN_NAME = 8;

/** The longest bar. */
const MAX_BAR = 30;

/** How far one host is. */
export interface HostProgress {
  host: string;
  /** How many bytes have gone or come. */
  bytes: number;
  /** How many there are, if that is known. */
  total: number | undefined;
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
  const { title, hosts, begun } = state;
  const ended = begun.filter(({ isOver }) => isOver).length;
  const end = hosts > 1 ? `  ${ended}/${hosts} hosts` : "";
  // Those that hold up the rest come first.
  const slowest = begun.filter(({ isOver }) => !isOver)
    .toSorted((a, b) => share(a) - share(b));
  const most = hosts > 1 ? Math.max(0, Math.min(MAX_LINES, room.rows - 2)) : 0;
  const shown = slowest.length <= most
    ? slowest
    : slowest.slice(0, Math.max(0, most - 1));
  const amounts = [{ ...overall(state), end }, ...shown];
  const least = amounts.map((amount) => factsOf({ ...amount, rate: 0 }));
  const limit = Math.max(
    MIN_NAME,
    Math.min(
      Math.floor(room.columns * 0.4),
      room.columns - Math.max(...least.map(widthOf)) - 3,
    ),
  );
  const names = [
    oneLine(title),
    ...shown.map(({ host }) => `  ${oneLine(host)}`),
  ]
    .map((name) => shorten(name, limit));
  const width = Math.max(...names.map(widthOf));
  const roomBeside = (facts: string[]) =>
    room.columns - width - Math.max(...facts.map(widthOf)) - 5;
  const all = amounts.map(factsOf);
  // Where there is no room for all of it even without a bar, how many hosts are through matters more
  // than how fast it goes.
  const facts = roomBeside(all) + 2 >= 0 ? all : least;
  const left = roomBeside(facts);
  const size = left < 5 ? 0 : Math.min(MAX_BAR, left);
  const lines = amounts.map((amount, i) => {
    const drawn = amount.total === undefined ? "" : bar(amount, size);
    const space = drawn === "" ? "" : "  ";
    return `${pad(names[i]!, width)}  ${drawn}${space}${facts[i]}`;
  });
  const more = slowest.length - shown.length;
  if (more > 0 && most > 0) lines.push(`  and ${more} more`);
  return lines.map((text) => shorten(text, room.columns - 1));
}

/** The same in words, for a log. */
export function progressText(state: ProgressState): string {
  const all = overall(state);
  const ended = state.begun.filter(({ isOver }) => isOver).length;
  const hosts = state.hosts > 1 ? `, ${ended} of ${state.hosts} hosts` : "";
  return `${state.title}: ${amount(all).trimStart()}${hosts}, ${
    formatBytes(state.rate)
  }/s`;
}

interface Amount {
  bytes: number;
  total: number | undefined;
  rate?: number;
  /** What else to say. */
  end?: string;
}

/** Hosts that have not begun will have as much to do as the others. */
function overall({ begun, hosts, rate }: ProgressState): Amount {
  const bytes = begun.reduce((sum, progress) => sum + progress.bytes, 0);
  const known = begun.filter(({ total }) => total !== undefined);
  const total = known.length === begun.length && begun.length > 0
    ? known.reduce((sum, { total }) => sum + total!, 0) * hosts / begun.length
    : 0;
  return { bytes, total: total || undefined, rate };
}

function share({ bytes, total }: Amount): number {
  if (total === undefined) return 0;
  return total === 0 ? 1 : Math.min(1, bytes / total);
}

function factsOf(progress: Amount): string {
  const { total, bytes, rate = 0, end = "" } = progress;
  let facts = amount(progress);
  if (rate > 0) {
    facts += `  ${formatBytes(rate)}/s`;
    if (total !== undefined && total > bytes) {
      facts += `  ${formatMs(Math.ceil((total - bytes) / rate) * 1000)} left`;
    }
  }
  return facts + end;
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

/** Cuts a text: a line that breaks would take the room of two. */
function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && widthOf(characters.join("")) > width - 1) {
    characters.pop();
  }
  return `${characters.join("")}…`;
}
