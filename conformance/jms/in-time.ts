// Gives up what stands still.

/**
 * What `work` resolves with, or rejects with.
 *
 * @throws {Error} if it is not over after so many ms
 */
export async function inTime<T>(work: Promise<T>, msMax: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${msMax / 1000} s`)), msMax);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
