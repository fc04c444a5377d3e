// The service worker: says so where Brooklet cannot be reached, and does nothing else. It answers for navigations alone,
// and keeps one document and what that wears; a chat is never kept in a browser.
const KEPT = 'brooklet-offline-1';
const DOCUMENT = '/offline';
const STYLE = '/pkg/brooklet.css';

self.addEventListener('install', (event) => {
  const keep = async () => {
    const cache = await caches.open(KEPT);
    await cache.addAll([DOCUMENT, STYLE].map((file) => new Request(file, { cache: 'reload' })));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
  // Where a browser knows how, everything else does not even pass by here.
  event.addRoutes?.([
    { condition: { urlPattern: new URLPattern({ pathname: STYLE }) }, source: 'fetch-event' },
    { condition: { not: { requestMode: 'navigate' } }, source: 'network' },
  ])?.catch(() => {});
});

self.addEventListener('activate', (event) => {
  const begin = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
    // The page is asked for while the worker is still starting.
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  };
  event.waitUntil(begin());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.mode === 'navigate' && request.method === 'GET') {
    event.respondWith(page(event).catch(() => offline()));
  } else if (new URL(request.url).pathname === STYLE) {
    event.respondWith(fetch(request).catch(() => caches.match(STYLE)));
  }
});

async function page(event) {
  return (await event.preloadResponse) ?? (await fetch(event.request));
}

/** The document, as what it is: nobody is to take it for the page that was asked for. */
async function offline() {
  const kept = await caches.match(DOCUMENT);
  if (!kept) return Response.error();
  const headers = new Headers(kept.headers);
  headers.set('cache-control', 'no-store');
  return new Response(kept.body, { status: 503, statusText: 'Service Unavailable', headers });
}
