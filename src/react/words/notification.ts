/** Notifications. */
export const notificationWords = {
  notificationsTitle: 'Notifications',
  noNotifications: 'Nothing needs you.',
  acknowledge: 'Seen',
  notificationKinds: {
    sign_in: 'Sign-in needed',
    conflicts: 'Conflicts',
    removals_held: 'Many removals',
    creations_held: 'Many new events',
    rewritten: 'Rewritten by a calendar',
    stuck: 'Cannot be written',
    failing: 'Failing',
    throttled: 'Slowed down by a service',
    push_lost: 'No notices of changes',
    given_up: 'Given up',
    alert: 'Alert',
  },
}
