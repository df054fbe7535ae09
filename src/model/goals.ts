import type { Figures } from './figures.js'

/** One of the five aims that calweave is measured by. */
export interface Goal {
  readonly name: GoalName
  /** In words, e.g. for the head of a card. */
  readonly words: string
  readonly unit: 'share' | 'ms' | 'users'
  /** Absent where nothing was counted. */
  readonly figure?: number
  /** `above`: the figure has to be above the target. */
  readonly is: 'above' | 'below'
  /** Absent where none was set, which is so for adoption until a host sets one. */
  readonly target?: number
  /** How much was counted. */
  readonly samples: number
  /** How much has to be counted before anything is said. */
  readonly needed: number
  /** Undefined: too little was counted, or there is no target. */
  readonly met: boolean | undefined
}

/** What calweave is measured by. */
export type GoalName = 'accuracy' | 'autoResolution' | 'syncTime' | 'apiErrors' | 'adoption'

/** What each aim is to reach. */
export type Targets = Readonly<Record<Exclude<GoalName, 'adoption'>, number>> & { readonly adoption?: number }

export const defaultTargets: Targets = { accuracy: 0.99, autoResolution: 0.95, syncTime: 30_000, apiErrors: 0.01 }

interface Aim extends Pick<Goal, 'words' | 'unit' | 'is' | 'needed'> {
  samples(figures: Figures): number
  figure(figures: Figures): number | undefined
}

const aims: Readonly<Record<GoalName, Aim>> = {
  accuracy: {
    words: 'Copies that were as they should be when they were compared',
    ...{ unit: 'share', is: 'above', needed: 100 },
    samples: ({ accuracy }) => accuracy.copies,
    figure: ({ accuracy }) => accuracy.share,
  },
  autoResolution: {
    words: 'Conflicts that were settled without a person',
    ...{ unit: 'share', is: 'above', needed: 20 },
    samples: ({ conflicts }) => conflicts.automatic + conflicts.waiting,
    figure: ({ conflicts }) => conflicts.automaticShare,
  },
  syncTime: {
    words: 'Average time of a sync',
    ...{ unit: 'ms', is: 'below', needed: 20 },
    samples: ({ syncMs }) => syncMs.count,
    figure: ({ syncMs }) => syncMs.average,
  },
  apiErrors: {
    words: 'Requests to calendar services that failed',
    ...{ unit: 'share', is: 'below', needed: 200 },
    samples: ({ requests }) => requests.total,
    figure: ({ requests }) => requests.errorRate,
  },
  adoption: {
    words: 'Connected users whose calendars were synced',
    ...{ unit: 'users', is: 'above', needed: 1 },
    samples: ({ runs }) => runs.total,
    figure: ({ people }) => people?.activeUsers,
  },
}

/** How each aim stands. */
export function goalsOf(figures: Figures, targets: Targets = defaultTargets): Readonly<Record<GoalName, Goal>> {
  const goalOf = (name: GoalName): Goal => {
    const { words, unit, is, needed, samples, figure } = aims[name]
    const value = figure(figures)
    const counted = samples(figures)
    const target = targets[name]
    const isKnown = value !== undefined && target !== undefined && counted >= needed
    return {
      ...{ name, words, unit, is, samples: counted, needed },
      ...(value === undefined ? {} : { figure: value }),
      ...(target === undefined ? {} : { target }),
      met: isKnown ? (is === 'above' ? value > target : value < target) : undefined,
    }
  }
  return {
    accuracy: goalOf('accuracy'),
    autoResolution: goalOf('autoResolution'),
    syncTime: goalOf('syncTime'),
    apiErrors: goalOf('apiErrors'),
    adoption: goalOf('adoption'),
  }
}
