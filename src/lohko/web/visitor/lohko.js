/* Lohko: what visitors do on this site, with their consent. <script src="https://HOST/lohko.js" data-key="KEY" defer></script>
   Until there is consent nothing is stored and nothing is sent. Consent is that of the site's own tool: Google's Consent Mode
   (analytics_storage), or lohko.consent(true or false) where data-consent="callback"; where there is neither, this asks. */
((w, d, n) => {
  const me = d.currentScript.dataset, to = me.to || new URL('/v1/batch', d.currentScript.src).href,
    layer = w.dataLayer = w.dataLayer || [], fi = /^fi/i.test(d.documentElement.lang || n.language);
  let how = me.consent, yes, held = [], timer, seen = 0, since = 0, bar;
  const id = () => [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, 0)).join('');
  const store = (name, value) => {
    try {
      if (value === undefined) return localStorage.getItem(name);
      value ? localStorage.setItem(name, value) : localStorage.removeItem(name);
    } catch (e) {}
  };
  const query = () => new URLSearchParams(location.search);
  const add = (type, name, properties = {}) => {
    if (yes === false || held[99]) return;
    const campaign = {};
    for (const [k, v] of query()) if (/^utm_/.test(k)) campaign[k === 'utm_campaign' ? 'name' : k.slice(4)] = v;
    held.push({type, [type === 'page' ? 'name' : 'event']: name, properties, messageId: id(), timestamp: new Date(),
      context: {token:me.token, page:{path:location.pathname, url:location.href, title: d.title, referrer: d.referrer}, campaign, locale: n.language}});
    if (yes && !timer) timer = setTimeout(send, 1000);
  };
  const send = () => {
    timer = clearTimeout(timer);
    if (!yes || !held[0]) return;
    const anonymousId = store('lohko_id') || id();
    store('lohko_id', anonymousId);
    const body = JSON.stringify({writeKey: me.key, sentAt: new Date(), batch: held.splice(0).map(m => ({...m, anonymousId}))});
    n.sendBeacon(to, body) || fetch(to, {method: 'POST', body, keepalive: true, mode: 'no-cors'});
  };
  const consent = given => {
    if (bar) bar = bar.remove();
    yes = !!given;
    if (yes) return send();
    held = [];
    store('lohko_id', '');
  };
  /* What the site tells its own measuring: consent, and the events of a shop. */
  const EVENTS = {view_item: 'Product Viewed', add_to_cart: 'Product Added', remove_from_cart: 'Product Removed', view_cart: 'Cart Viewed',
    begin_checkout: 'Checkout Started', search: 'Products Searched', view_search_results: 'Products Searched'};
  const told = item => {
    const a = item && item[0] ? item : [], more = a[2] || item || {}, e = a[0] === 'event' ? a[1] : more.event, s = more.ecommerce || more;
    if (a[0] === 'consent' && more.analytics_storage) {
      how = 'mode';
      const given = more.analytics_storage === 'granted';
      if (given || a[1] === 'update') consent(given);
    }
    if (!EVENTS[e]) return;
    if (/search/.test(e)) return add('track', EVENTS[e], {query: more.search_term});
    for (const i of /item|_to_|_from_/.test(e) && s.items || [{}])
      add('track', EVENTS[e], {product_id: i.item_id, name: i.item_name, brand: i.item_brand, category: i.item_category, price: i.price,
        quantity: i.quantity, value: s.value, currency: s.currency});
  };
  [...layer].forEach(told);
  const push = layer.push;
  layer.push = (...items) => (items.forEach(told), push.apply(layer, items));
  /* Seconds for which the page was looked at. */
  const looked = () => {
    if (since) seen += Date.now() - since;
    since = d.visibilityState === 'visible' && Date.now();
  };
  const leave = () => {
    looked();
    if (seen > 999) add('track', 'Page Left', {seconds: seen / 1000 | 0});
    seen = 0;
    send();
  };
  d.addEventListener('visibilitychange', () => d.visibilityState === 'hidden' ? leave() : looked());
  w.addEventListener('pagehide', leave);
  const page = name => {
    add('page', name);
    const q = query(), s = q.get('q') || q.get('s') || q.get('search') || q.get('haku');
    if (s) add('track', 'Products Searched', {query: s});
  };
  const ask = () => {
    if (how) return;
    const before = store('lohko_asked');
    if (before) return consent(before === 'yes');
    bar = d.createElement('div');
    bar.id = 'lohko-consent';
    bar.role = 'region';
    bar.ariaLabel = fi ? 'Suostumus' : 'Consent';
    bar.append(fi ? 'Saammeko mitata, mitä sivuilla tehdään? ' : 'May we measure what is done on these pages? ');
    for (const [answer, text] of [['yes', fi ? 'Kyllä' : 'Yes'], ['no', fi ? 'Ei' : 'No']]) {
      const b = d.createElement('button');
      b.textContent = text;
      b.onclick = () => (store('lohko_asked', answer), consent(answer === 'yes'));
      bar.append(b, ' ');
    }
    d.body.prepend(bar);
  };
  looked();
  page();
  w.lohko = {track: (e, p) => add('track', e, p), page, consent};
  how || setTimeout(ask, 1500);
})(window, document, navigator);
