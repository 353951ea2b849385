export const broadcasts = {
  title: "Broadcasts",
  name: "Name",
  reached: "Reached",
  createdAt: "Made",
  recipientStates: {
    pending: "not sent yet",
    queued: "on its way",
    sent: "sent",
    delivered: "delivered",
    read: "read",
    failed: "failed",
    skipped: "left out",
    cancelled: "cancelled",
  },
};
