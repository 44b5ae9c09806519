/**
 * What a transform makes of its input.
 *
 * @module
 */

/** All that comes out of a transform for these chunks. */
export async function collect<In, Out>(
  chunks: readonly In[],
  transform: TransformStream<In, Out>,
): Promise<Out[]> {
  return await Array.fromAsync(ReadableStream.from(chunks).pipeThrough(transform));
}
