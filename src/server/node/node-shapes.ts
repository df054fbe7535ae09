/** As much as the bridge needs of `http.IncomingMessage`, and of what frameworks put on it. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Express: the address before routers cut it. */
  readonly originalUrl?: string | undefined
  /** Express: `https` where a proxy that is trusted says so. */
  readonly protocol?: string | undefined
  readonly rawHeaders: readonly string[]
  readonly socket?: object | null | undefined
  /** What a parser made of the body. */
  readonly body?: unknown
  /** What some hosts keep of the body for signatures. */
  readonly rawBody?: unknown
  /** Somebody has read from it. */
  readonly readableDidRead?: boolean
  readonly readableEnded?: boolean
  on(event: string, listener: (...values: unknown[]) => void): unknown
  off(event: string, listener: (...values: unknown[]) => void): unknown
  pause(): unknown
  resume(): unknown
}

/** As much as the bridge needs of `http.ServerResponse`. */
export interface NodeResponse {
  statusCode: number
  readonly headersSent: boolean
  readonly writableFinished: boolean
  readonly destroyed: boolean
  setHeader(name: string, value: string | readonly string[]): unknown
  write(chunk: Uint8Array): boolean
  end(): unknown
  destroy(): unknown
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** A listener of `http.createServer`, and a handler or middleware of Express, Connect, Fastify's raw objects and their like. */
export type NodeHandler = (
  request: NodeRequest,
  response: NodeResponse,
  next?: (error?: unknown) => void,
) => Promise<void>
