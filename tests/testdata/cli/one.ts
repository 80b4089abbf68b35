// A module with one function.

export const NAME = "one";
export const answer = (): number => 42;
