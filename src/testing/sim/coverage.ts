/** How often each thing was seen, by list and name: a simulator in which nothing happens proves nothing. */
export class Coverage {
  readonly counts: Map<string, number> = new Map()

  saw(list: string, name: string): void {
    const key = `${list}: ${name}`
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
  }
}
