import type { EngineHappening } from '../../model/engine-event.js'
import type { RunUnderWay } from '../../model/evidence.js'
import type { GroupId, UserId } from '../../model/ids.js'

/** The runs that are under way in this process. Nothing is kept of them: other workers know of theirs. */
export class Live {
  readonly #runs: Map<string, RunUnderWay> = new Map()

  hear(user: UserId, happening: EngineHappening, now: number): void {
    switch (happening.type) {
      case 'run.started': {
        const { groupId, cause } = happening
        this.#runs.set(keyOf(user, groupId), { since: now, cause, phase: 'observe', settled: 0 })
        break
      }
      case 'run.progress': {
        const { groupId, phase, settled } = happening
        const known = this.#runs.get(keyOf(user, groupId))
        if (known) this.#runs.set(keyOf(user, groupId), { ...known, phase, settled })
        break
      }
      case 'run.ended':
        // Of a run that found another one at work nobody was told that it started; one that lost its group on the way is over.
        if (happening.measures) this.#runs.delete(keyOf(user, happening.run.groupId))
        break
      case 'run.failed':
        this.#runs.delete(keyOf(user, happening.groupId))
        break
      default:
    }
  }

  of(user: UserId, groupId: GroupId): RunUnderWay | undefined {
    return this.#runs.get(keyOf(user, groupId))
  }
}

function keyOf(user: UserId, groupId: GroupId): string {
  return JSON.stringify([user, groupId])
}
