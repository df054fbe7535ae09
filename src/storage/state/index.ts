export { type ExportStateOptions, exportState } from './export.js'
export { type ImportStateOptions, importState } from './import.js'
export type { StateSummary } from './lines.js'
