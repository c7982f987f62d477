/** Takes whole lines, newline included. */
export interface LogDestination {
  write(line: string): void;
}
