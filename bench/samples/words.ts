/** What to say. */
export const WORDS: readonly string[] = ["good", "morning"];
