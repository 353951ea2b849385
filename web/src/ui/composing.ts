/**
 * Says whether a key belongs to an input method that puts characters together (Japanese, Chinese, Korean): Enter then
 * takes its proposal. Safari ends the composition before the key and tells it by the code 229 alone.
 */
export const isComposing = (event: { isComposing: boolean; keyCode: number }): boolean =>
  event.isComposing || event.keyCode === 229;
