/** Says it loud. */
export function shout(text: string): string {
  return `${text.toUpperCase()}!`;
}
