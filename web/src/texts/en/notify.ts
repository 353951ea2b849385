export const notify = {
  title: "Notifications",
  text: "They hold in all your workspaces; the sound and the desktop are those of this browser.",
  about: "Notify me of new messages",
  abouts: {
    mine: "In my conversations",
    waiting: "In my conversations, and in those that nobody has taken yet",
    all: "In all conversations, those of the bot too",
    off: "Never",
  },
  sound: "Play a sound",
  play: "Try the sound",
  desktop: "Show a notification on the desktop",
  quietFrom: "Quiet from",
  quietTo: "Quiet until",
  soundBlocked:
    "Your browser blocks sound for this page until you click in it, or allow it in the site's settings.",
  desktopBlocked:
    "Your browser blocks notifications of this page. Allow them in the site's settings, beside the address.",
};
