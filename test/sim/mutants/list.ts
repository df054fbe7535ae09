/** A defect of the engine, and the rule of docs/SYNC.md that it breaks. */
export interface Mutant {
  /** What the engine does wrong. */
  readonly name: string
  /** The section or number in docs/SYNC.md, and the words that stand there. */
  readonly rule: string
  /** Stands in the whole engine exactly once, wherever that is. */
  readonly find: string
  readonly replace: string
  /** Why the simulator does not see it. Such a mutant is only tried when all are asked for. */
  readonly unseen?: string
}

/** In the order in which an event passes them: observe, match, read, decide, act. */
export const mutants: readonly Mutant[] = [
  // observe
  {
    name: 'observes without fencing',
    rule: "4.12: a stale lease holder's commit is refused",
    find: '{ changes: all, leases: [await this.#lease.fresh()] }',
    replace: '{ changes: all }',
    unseen:
      'not within 5,000 schedules: a pause seldom falls between a page and its commit; the storage contract holds the rule',
  },
  {
    name: 'saves the cursor before the page',
    rule: '4.7: every step may be cut off at any await and run again',
    find: 'cursor = page.cursor\n',
    replace: 'cursor = page.cursor\n if (cursor !== undefined) await this.#save({ ...this.calendar.pull, cursor })\n',
  },
  {
    name: 'believes a removal that a listing tells',
    rule: '4.5: a removal is asked for before it is believed',
    find: "arrival: { ...at, change: 'gone', confirm: true }",
    replace: "arrival: { ...at, change: 'gone', confirm: false }",
  },
  {
    name: 'takes what a listing does not name for removed',
    rule: '4.5: a removal is asked for before it is believed',
    find: "remoteId, change: 'gone', confirm: true",
    replace: "remoteId, change: 'gone', confirm: false",
  },
  {
    name: 'does not ask about what a listing does not name',
    rule: '5.1: A listing may lag, lie, forget or repeat',
    find: 'if (pull.complete) await this.#sweep(generation)',
    replace: '',
  },
  {
    name: 'counts a listing that was cut off as the next one',
    rule: '4.7: every step may be cut off at any await and run again',
    find: 'if (generation !== before.generation) await',
    replace: 'if (false) await',
    unseen: 'not within 5,000 schedules: the daily listing mends it; no test of its own yet',
  },
  {
    name: 'never lists a calendar completely again',
    rule: '5.1: every calendar is listed completely once a day',
    find: 'if (periods <= 0.75) return false',
    replace: 'if (periods) return false',
  },
  {
    name: 'hands nothing that is known to a new group',
    rule: '5.9: two groups over the same two calendars make a copy each',
    find: 'await seed(context.engine, context.user, membership)',
    replace: 'await Promise.resolve()',
  },
  {
    name: 'does not tell the other groups of a calendar',
    rule: '6: What a run puts into the mirror it also tells the other groups of that calendar',
    find: 'return others.map(({ groupId }) => put(',
    replace: 'return others.slice(others.length).map(({ groupId }) => put(',
  },
  {
    name: 'does not wait until every calendar of a new group was listed',
    rule: '4.3: at most one copy per calendar',
    find: "if (context.group.baseline === 'pending' && !(await allListed(context))) return false",
    replace: '',
  },
  // guard
  {
    name: 'lets removals through that wait for a person',
    rule: '4.5: no glitch empties a calendar',
    find: "!confirm && !(change === 'gone' && holdsRemovals(context.group, calendarId))",
    replace: '!confirm',
    unseen: 'the judge says yes to what is held and does not look before',
  },
  // match
  {
    name: 'takes a mark that a person copied for ours',
    rule: '4.3: at most one copy per calendar',
    find: "if (key === undefined || key !== mark.key) return 'copied'",
    replace: '',
  },
  {
    name: 'takes a copy of another installation for a new event',
    rule: '4.4: copies of copies are never made, not across groups or installations',
    find: "if (mark === 'foreign') return\n",
    replace: '',
  },
  {
    name: "takes another group's copy for its own",
    rule: '5.9: A copy belongs to one group',
    find: 'mark.groupId !== page.context.group.id || mark.calendarId !== calendarId',
    replace: 'mark.calendarId !== calendarId',
  },
  {
    name: 'believes an observation that looks older',
    rule: '5.1: what looks like an older state is asked for before it is believed',
    find: '&& looksStale(event, arrival.calendarId, row.event)',
    replace: '&& false',
  },
  {
    name: 'keeps no history to know an older state by',
    rule: '1: digests of older states',
    find: 'return replica.history.includes(contentDigest(seen.content))',
    replace: 'return false',
    unseen: 'the stamps of the calendars tell the same',
  },
  {
    name: 'believes at once that a removed event is back',
    rule: '4.5: nothing deleted comes back',
    find: "return event !== undefined && event.replicas[calendarId]?.status !== 'absent'",
    replace: 'return false',
    unseen: 'it is removed again in the end; only a look at each create would show it',
  },
  {
    name: 'makes two events of one meeting in two calendars',
    rule: '6: The same UID is the same event, whatever its start',
    find: 'const twin = await findTwin(seen, calendarId, page)',
    replace: 'const twin = undefined as SyncedEvent | undefined',
  },
  {
    name: 'makes a new event of one that was moved',
    rule: '6: the same UID that turns up while the other one goes is the same event',
    find: 'const moved = await findMoved(seen, calendarId, page)',
    replace: 'const moved = undefined as { event: SyncedEvent; replica: Replica } | undefined',
    unseen: 'the calendar next door is asked first; seen about once in 1,100 schedules where it was not',
  },
  {
    name: 'adopts the ghost of an older incarnation',
    rule: '1: comes back only as a new incarnation, under a new key',
    find: 'if (mark.incarnation < replica.incarnation) {',
    replace: 'if (false) {',
    unseen: 'seen about once in 500 schedules, before copies that a person covers were told apart',
  },
  {
    name: 'does not see that a create landed after all',
    rule: '6: A create binds its id before it is tried',
    find: "replica.status === 'absent' && replica.attempt?.kind === 'create'",
    replace: 'false',
    unseen: 'verified before the next write; the judge forgives removals while a write is open',
  },
  {
    name: 'removes nothing that landed after its event was removed',
    rule: '4.5: nothing deleted comes back',
    find: "event.state === 'removed' ? { ...event, state: 'removing' } : event",
    replace: 'event',
    unseen: 'needs a create that is on its way for longer than two runs',
  },
  // read
  {
    name: 'takes a rendering at our own revision for an edit',
    rule: '5.4: At the revision that it named for our write, every difference is its rendering',
    find: 'if (atOurRevision || hasQuirk(field, replica, shown.content))',
    replace: 'if (hasQuirk(field, replica, shown.content))',
    unseen: 'the judge compares texts in a neutral spelling',
  },
  {
    name: 'forgets how a server renders',
    rule: '5.4: remembered once so that two servers that disagree cannot make us write for ever',
    find: 'if (!attempt || quirks.length === 0) return false',
    replace: 'if (attempt || quirks) return false',
    unseen: 'copies that are rewritten again and again are left alone after six writes',
  },
  {
    name: 'takes a field that a server dropped for an edit',
    rule: '4.9: is not erased at the source',
    find: "if (isNeutral(field, shown.content)) return 'rendered'",
    replace: '',
    unseen: 'no calendar drops a field that it says it can hold',
  },
  {
    name: 'takes a write that lands late for an edit',
    rule: '1: values that were sent and never answered for',
    find: 'if (unanswered.length === 0) return false',
    replace: 'if (unanswered) return false',
    unseen: 'the late value is what was wanted, but for an edit that came in between',
  },
  {
    name: 'reads an old mirror as the answer to a write',
    rule: '2: attempt, confirmed with this very revision',
    find: 'if (replica.attempt && !seen.newer) continue',
    replace: '',
    unseen: 'guarded writes repair it',
  },
  {
    name: 'takes what it sent for what is shown',
    rule: '1: what its calendar showed, in its own rendering',
    find: '...pick(shown.content, sent.fields) }',
    replace: '...pick(sent.content, sent.fields) }',
  },
  {
    name: 'forgets what a rendering stands for',
    rule: '1: the canonical values behind it',
    find: 'const rendered = sent.fields.filter((field) => !sameField(field, shown.content, sent.content))',
    replace: 'const rendered = [] as Field[]',
    unseen: 'the judge compares texts in a neutral spelling',
  },
  // decide
  {
    name: 'lets one side win a disagreement unasked',
    rule: '4.2: or is in the conflict log',
    find: "put('conflict', conflict, known?.version ?? 0),",
    replace: '',
  },
  {
    name: 'writes only the first side into the log',
    rule: '3: All log every side',
    find: 'sides: conflict.sides.map(',
    replace: 'sides: conflict.sides.slice(0, 1).map(',
  },
  {
    name: 'takes the one list and drops the other',
    rule: '4.2: every value that a person typed is there',
    find: 'return mergeElements(keyOf, b, o, t, (key, values) => judge(field, [key], values)) as never',
    replace: 'return t as never',
  },
  {
    name: 'takes the changed occurrences of one side only',
    rule: '4.2: every value that a person typed is there',
    find: 'const override = mergeOverride(slot, base, ours, theirs, judge)',
    replace: 'const override = ours.overrides[slot]',
  },
  {
    name: 'mixes occurrences of a moved series with those of the old one',
    rule: '2: A calendar that dropped a field of one occurrence has not removed it',
    find: 'if (seriesCollide(base, ours, theirs)) return',
    replace: 'if (false) return',
    unseen: 'the judge does not ask whether a changed occurrence is one of its series',
  },
  {
    name: 'lets a removal win over an edit that it had not seen',
    rule: '3: keeps the event and creates the removed copies anew',
    find: 'const keeps = unseen !== undefined && keepsEdited(fold, unseen)',
    replace: 'const keeps = (false as boolean) && unseen !== undefined && keepsEdited(fold, unseen)',
  },
  {
    name: 'lets a doubtful value defeat a removal',
    rule: '2: A doubtful value is weak: it never defeats a removal',
    find: '.some((field) => !fold.event.weak.includes(field))',
    replace: '.length > 0',
    unseen: 'the judge forgives an event that is kept when a write was open',
  },
  {
    name: 'overlooks an edit that comes in with a removal',
    rule: '3: A removal meets an edit that the removed copy had not seen',
    find: 'fold.edited || hasUnseenEdit(fold, replica)',
    replace: 'hasUnseenEdit(fold, replica)',
  },
  {
    name: 'creates a copy again that a person removed',
    rule: '1: a person removed our copy where removals do not travel',
    find: "else fold.setReplica(closed(replica, 'detached'))",
    replace:
      "else fold.setReplica({ ...closed(replica, 'detached'), status: 'absent', key: (replica.key.slice(0, 20) + replica.incarnation) as never, incarnation: replica.incarnation + 1 })",
    unseen: 'the judge accepts such a copy',
  },
  {
    name: 'uses an identity twice',
    rule: '1: comes back only as a new incarnation, under a new key',
    find: 'replica.incarnation + 1) : replica',
    replace: 'replica.incarnation) : replica',
  },
  {
    name: 'writes while a person decides',
    rule: '1: waits for a person; no side is written',
    find: 'if (folded.undecided) return',
    replace: 'if (false) return',
    unseen: 'the judge does not look at the calendars before a person decided',
  },
  {
    name: 'writes for ever what a calendar cannot hold',
    rule: '4.1: the next run writes nothing',
    find: 'const wanted = outOfStep(event, replica, target).filter(',
    replace: 'const wanted = outOfStep(event, replica, target).filter((field) => field) || [].filter(',
    unseen: 'what cannot be held counts as delivered already when the event is decided: one of the two is enough',
  },
  {
    name: 'takes what a calendar cannot hold for not delivered',
    rule: '5.11: In a copy that shows less than the event',
    find: 'target.holds.cannotHold.length === 0) return replica',
    replace: 'true) return replica',
    unseen: 'the plan leaves such fields out as well; of a removal the judge forgives it',
  },
  {
    name: 'creates once more without looking',
    rule: '5.2: the attempt is committed first, and verified before any retry',
    find: "if (attempt && (status === 'absent' || !shown?.newer))",
    replace: "if (attempt && status !== 'absent' && !shown?.newer)",
    unseen: 'keys are derived, so a second create meets the first',
  },
  // act
  {
    name: 'does not record an attempt before it is tried',
    rule: '5.2: the attempt is committed first, and verified before any retry',
    find: "put('event', settled, version),",
    replace: "put('event', { ...settled, replicas: decision.event.replicas }, version),",
  },
  {
    name: 'decides on what has changed meanwhile',
    rule: "4.12: a stale lease holder's commit is refused",
    find: "put('event', settled, version),",
    replace: "put('event', settled),",
    unseen: 'nobody but a worker under the lease changes events while there is trouble',
  },
  {
    name: 'writes outcomes over what has changed meanwhile',
    rule: "4.12: a stale lease holder's commit is refused",
    find: "put('event', settled, work.version),",
    replace: "put('event', settled),",
    unseen: 'nobody but a worker under the lease changes events while there is trouble',
  },
  {
    name: 'commits without fencing',
    rule: "4.12: a stale lease holder's commit is refused",
    find: '{ changes, leases: [await this.lease.fresh()] }',
    replace: '{ changes }',
    unseen:
      'not within 5,000 schedules: versions refuse most of what a late worker writes; the storage contract holds the rule',
  },
  {
    name: 'goes on under a lease that somebody else had meanwhile',
    rule: "4.12: a stale lease holder's commit is refused",
    find: '!renewed || renewed.token !== token',
    replace: '!renewed',
    unseen:
      'a sleeper has to wake between the lease of another worker and its next commit: once in some 5,000 schedules',
  },
  {
    name: 'creates under a new name each time',
    rule: '4.3: at most one copy per calendar',
    find: 'const draft = { key: replica.key, content: action.content,',
    replace:
      'const counter = globalThis as { made?: number }\n counter.made = (counter.made ?? 0) + 1\n const draft = { key: (replica.key.slice(0, 20) + counter.made) as never, content: action.content,',
  },
  {
    name: 'does not bind a create before it is tried',
    rule: '6: A create binds its id before it is tried',
    find: "const id = action.kind === 'create' ? futureId : undefined",
    replace: 'const id = undefined as typeof futureId',
    unseen: 'the mark tells whose copy it is as well',
  },
  {
    name: 'takes a write that was never answered for refused',
    rule: '5.2: A write may land although its answer is lost',
    find: 'uncertain(replica, mayHaveLanded(error))',
    replace: 'uncertain(replica, false)',
  },
  {
    name: 'takes a refused write for one that may have landed',
    rule: '2: attempt, confirmed with this very revision',
    find: '  return await verify(step, uncertain(replica, false), account, context)\n}\n\n/** What was found is put',
    replace: '  return await verify(step, replica, account, context)\n}\n\n/** What was found is put',
    unseen: 'it is verified, and found not to have landed',
  },
  {
    name: 'writes over what is there',
    rule: '4.2: was seen by whoever replaced or removed it',
    find: 'const change = { current, content',
    replace:
      "const [fresh] = await account.fetch(calendar.remoteId, [current.id], context.call)\n const change = { current: fresh?.type === 'found' ? fresh.event : current, content",
  },
  {
    name: 'removes what is there',
    rule: '4.2: was seen by whoever replaced or removed it',
    find: 'await account.remove(calendar.remoteId, current, context.call)',
    replace:
      "const [fresh] = await account.fetch(calendar.remoteId, [current.id], context.call)\n await account.remove(calendar.remoteId, fresh?.type === 'found' ? fresh.event : current, context.call)",
  },
  {
    name: 'does not compare where nothing guards a write',
    rule: '5.5: we read, compare, write and look again',
    find: 'const same = now.event.revision',
    replace: 'const same = true || now.event.revision',
    unseen: 'the judge excuses what is typed where nothing is guarded',
  },
  {
    name: 'takes a create that met its first try for done',
    rule: '5.3: So it is read and adopted, with an unknown base',
    find: '    return await verify(step, uncertain(replica, false), account, context)\n  }\n}\n\nasync function update(',
    replace:
      "    return wrote({ ...replica, status: 'live' }, { id: replica.remoteId as RemoteId }, step, context)\n  }\n}\n\nasync function update(",
    unseen: 'needs an edit of a copy between two tries of its create',
  },
  {
    name: 'repeats a create before a listing could tell of the first',
    rule: '5.6: A person may remove a copy before we learn that its create landed',
    find: 'if (wasMissing) return',
    replace: 'if (true) return',
    unseen: 'the judge forgives removals while a write is open',
  },
  {
    name: 'tries an identity for ever that a service keeps',
    rule: '4.1: when people stop, all copies equal their target',
    find: 'if (!attempt) return { replica: anew(incarnation + 1)',
    replace: 'if (!attempt) return { replica: anew(incarnation)',
    unseen: 'needs a copy that came and went while its create was open',
  },
  {
    name: 'tells a wrong origin',
    rule: '4.6: origin is written once, every copy carries a signed mark',
    find: '{ origin: toldOrigin(event.origin) }',
    replace: '{ origin: { ...toldOrigin(event.origin), calendarId: replica.calendarId } }',
  },
  {
    name: 'tells in a copy that shows less what the event is about',
    rule: '5.11: In a copy that shows less than the event',
    find: '{ ...bare, title: busyTitle(scene),',
    replace: '{ ...bare, title: own.title,',
  },
  {
    name: 'takes the title of a copy that shows less for a new one',
    rule: '5.11: In a copy that shows less than the event',
    find: 'return { ...own, time: typed.time }',
    replace: 'return { ...own, title: typed.title, time: typed.time }',
    unseen: 'nobody renames such a copy',
  },
  {
    name: 'tells the origin in a copy that shows less',
    rule: '5.11: In a copy that shows less than the event',
    find: '...(tellsOrigin ? {',
    replace: '...(tellsOrigin || event ? {',
  },
  {
    name: 'writes where it may only read',
    rule: "5.12: Use `direction: 'read'` for such a calendar",
    find: "const writable = direction !== 'read' && ",
    replace: 'const writable = ',
  },
  {
    name: 'asks a service that wants to be left alone',
    rule: '5.10: One that asks to be left alone is left alone for as long as it says',
    find: 'if (waitMs > 0) return',
    replace: 'if (waitMs > 1e12) return',
    unseen: 'the judge does not look at when a call is made',
  },
  {
    name: 'takes the answer to a repeated create for what it sent',
    rule: '5.3: A create under a derived id can meet its first try',
    find: 'return whenFound(replica, written.shown, mirrorChange(action.calendarId, answer, row, context))',
    replace: "return wrote({ ...replica, status: 'live' }, written, step, context) ?? answer",
    unseen: 'needs an edit of a copy between two tries of its create',
  },
]
