/** Lets a declared percentage of calls through, evenly spread: with 25 every fourth. Pure. */
export class Throttle {
  private credit = 0;

  /** `percent`: 0 to 100. */
  constructor(private readonly percent: number) {}

  passes(): boolean {
    this.credit += this.percent;
    if (this.credit < 100) return false;
    this.credit -= 100;
    return true;
  }
}
