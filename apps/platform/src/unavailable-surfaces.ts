import type { UnavailableRoute } from '@taskflow/kit-http';

/** Surfaces that the documentation of the API promises and this version does not have. */
export const unavailableSurfaces: readonly UnavailableRoute[] = [
  { path: '/api/v1/history/*', what: 'Histories' },
  { path: '/api/v1/search/*', what: 'Searches' },
  { path: '/api/v1/insights*', what: 'Insights' },
  { path: '/api/v1/dead-letters/redrive', what: 'Redrives of dead letters' },
  { path: '/api/v1/dead-letters/:id/redrive', what: 'Redrives of dead letters' },
  { methods: ['DELETE'], path: '/api/v1/dead-letters/:id', what: 'Removals of dead letters' },
  { path: '/api/v1/schedules*', what: 'Schedules' },
  { path: '/api/v1/escalation-rules*', what: 'Escalation rules' },
  { path: '/api/v1/notifications*', what: 'Notifications' },
  { path: '/api/v1/webhooks*', what: 'Webhooks' },
  { path: '/api/v1/auth/*', what: 'Credentials' },
  { path: '/api/v1/api-keys*', what: 'API keys' },
  { path: '/api/v1/users*', what: 'Users' },
  { path: '/.well-known/jwks.json', what: 'Signing keys' },
  { path: '/api/v1/stream', what: 'Live events' },
  { path: '/api/v1/events', what: 'Live events' },
  { path: '/graphql', what: 'GraphQL queries' },
  { path: '/asyncapi.json', what: 'Event descriptions' },
];
