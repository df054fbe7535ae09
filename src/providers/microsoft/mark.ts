import { decodeMark, encodeMark, type Mark } from '../../model/origin.js'
import { propertyOf, type WithProperties } from './properties.js'

/** The mark of a copy; undefined where there is none, or not all of it. */
export function readMark(event: WithProperties): Mark | undefined {
  const text = propertyOf(event, 'Mark')
  return text === undefined ? undefined : decodeMark(text)
}

/** The value of the property that holds a mark. */
export function writtenMark(mark: Mark): string {
  return encodeMark(mark)
}
