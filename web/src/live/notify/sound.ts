let context: AudioContext | null = null;

/** Plays a short tone; returns whether the browser let it. Browsers allow sound once somebody has clicked in the page. */
export async function playTone(): Promise<boolean> {
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return false;
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
