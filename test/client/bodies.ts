// Bodies that are made on demand.

export const MIB = 1024 ** 2

/** A stream of so many MiB, each of another byte. */
export function megabytes(count: number): ReadableStream<Uint8Array> {
  let made = 0
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (made++ < count) controller.enqueue(new Uint8Array(MIB).fill(made))
      else controller.close()
    },
  })
}
