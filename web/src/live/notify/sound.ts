const ANSWER_WITHIN = 1_500;
const ONE_PLAYS_FOR = 3_000; // no other tab plays the same sound so long

let context: AudioContext | null = null;
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("parley-sound");

type Message = { play: string } | { played: string };

/**
 * Plays a tone in this tab, or if the browser does not let it, in another tab of the person's that somebody has clicked in.
 * Returns whether one of them did.
 */
export async function playInSomeTab(): Promise<boolean> {
  if (await playTone()) return true;
  if (!tabs) return false;
  const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  return await new Promise<boolean>((resolve) => {
    const end = (played: boolean) => {
      window.clearTimeout(timer);
      tabs.removeEventListener("message", heard);
      resolve(played);
    };
    const heard = ({ data }: MessageEvent<Message>) => "played" in data && data.played === id && end(true);
    const timer = window.setTimeout(() => end(false), ANSWER_WITHIN);
    tabs.addEventListener("message", heard);
    tabs.postMessage({ play: id } satisfies Message);
  });
}

/** Plays tones for the tab that leads when it may not; returns a function that ends it. */
export function playForOtherTabs(): () => void {
  const asked = ({ data }: MessageEvent<Message>) => {
    if (!("play" in data) || !mayPlay() || !navigator.locks) return;
    void navigator.locks.request(`parley-sound-${data.play}`, { ifAvailable: true }, async (lock) => {
      if (!lock || !(await playTone())) return;
      tabs?.postMessage({ played: data.play } satisfies Message);
      await new Promise((resolve) => window.setTimeout(resolve, ONE_PLAYS_FOR));
    });
  };
  tabs?.addEventListener("message", asked);
  return () => tabs?.removeEventListener("message", asked);
}

/** Browsers allow sound once somebody has clicked in the page. */
const mayPlay = () => !navigator.userActivation || navigator.userActivation.hasBeenActive;

/** Plays a short tone; returns whether the browser let it. */
export async function playTone(): Promise<boolean> {
  if (!mayPlay()) return false;
  try {
    context ??= new AudioContext();
    // A browser that does not allow sound yet leaves this waiting.
    await Promise.race([context.resume(), new Promise((resolve) => window.setTimeout(resolve, 500))]);
    if (context.state !== "running") return false;
    tone(context, 880, 0);
    tone(context, 1175, 0.12);
    return true;
  } catch {
    return false;
  }
}

function tone(audio: AudioContext, pitch: number, after: number) {
  const begin = audio.currentTime + after;
  const volume = audio.createGain();
  volume.gain.setValueAtTime(0.0001, begin);
  volume.gain.exponentialRampToValueAtTime(0.12, begin + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.3);
  volume.connect(audio.destination);
  const voice = audio.createOscillator();
  voice.frequency.value = pitch;
  voice.connect(volume);
  voice.start(begin);
  voice.stop(begin + 0.32);
}
