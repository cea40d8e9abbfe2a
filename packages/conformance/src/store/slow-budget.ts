/** One amount that a budget was asked for. */
export interface BudgetDraw {
  readonly at: number;
  readonly minor: number;
}

/**
 * A budget as the words of the policy say it, kept as a list: at no moment may the amounts of the last `windowSeconds`
 * sum to more than `max`. A store may be stricter by a part of the window, and never laxer.
 */
export class SlowBudget {
  readonly max: number;
  readonly windowSeconds: number;
  readonly #draws: BudgetDraw[] = [];

  constructor(max: number, windowSeconds: number) {
    this.max = max;
    this.windowSeconds = windowSeconds;
  }

  /** Whether the draw would keep the sum of its window at or below the maximum. */
  allows(draw: BudgetDraw): boolean {
    return this.#sumSince(draw.at - this.windowSeconds) + draw.minor <= this.max;
  }

  /** Whether the draw fits even when a twelfth more of the past counts: then no store has a reason to refuse it. */
  surelyAllows(draw: BudgetDraw): boolean {
    const slack = Math.ceil(this.windowSeconds / 12);
    return this.#sumSince(draw.at - this.windowSeconds - slack) + draw.minor <= this.max;
  }

  take(draw: BudgetDraw): void {
    this.#draws.push(draw);
  }

  #sumSince(moment: number): number {
    return this.#draws.filter(({ at }) => at > moment).reduce((sum, { minor }) => sum + minor, 0);
  }
}
