/** The end of an English plural. */
export const s = (count: number): string => (count === 1 ? '' : 's')
