// The pages' own script: clicks and keys become deeds, marks follow the typing, drafts survive a
// reload. Listeners are delegated, because Gradio patches the HTML in place.
(() => {
  const KEEP = 'st-draft:';
  const typing = (el) => el.closest('input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]');
  const desk = (root) => root.querySelector('[data-nonce]');
  const fields = (root) => [...root.querySelectorAll('textarea[data-field]')];
  const place = (box) => KEEP + box.closest('[data-nonce]').dataset.listing + '#' + box.dataset.field;

  // What the server did not draw: words of an earlier visit to the same revision.
  const restore = (box) => {
    const kept = JSON.parse(sessionStorage.getItem(place(box)) || 'null');
    if (kept && kept.saved === box.dataset.saved && !box.readOnly) box.value = kept.text;
    else if (kept) sessionStorage.removeItem(place(box));
  };
  const keep = (box) => {
    if (box.value === box.dataset.saved) sessionStorage.removeItem(place(box));
    else sessionStorage.setItem(place(box), JSON.stringify({saved: box.dataset.saved, text: box.value}));
  };
  // Marks what was marked before wherever it still stands; the next save checks anew.
  const paint = (box) => {
    const back = box.previousElementSibling;
    const marked = [...back.querySelectorAll('mark')].map((m) => [m.textContent, m.className]);
    const parts = [];
    let rest = box.value;
    for (const [words, kind] of marked) {
      const at = rest.indexOf(words);
      if (at < 0) continue;
      const mark = document.createElement('mark');
      mark.className = kind; mark.textContent = words;
      parts.push(rest.slice(0, at), mark);
      rest = rest.slice(at + words.length);
    }
    back.replaceChildren(...parts, rest + '\n');
  };
  const told = (root) => {
    const line = root.querySelector('.st-unsaved');
    if (line) line.hidden = !fields(root).some((box) => box.value !== box.dataset.saved);
  };
  const clock = (root) => {
    for (const time of root.querySelectorAll('time[datetime]'))
      time.textContent = new Date(time.dateTime).toLocaleString(
        document.documentElement.lang, {dateStyle: 'medium', timeStyle: 'short'});
  };
  const settle = (root) => {
    const at = desk(root);
    root.removeAttribute('aria-busy');
    if (!at || at.dataset.nonce === root.dataset.seen) return;
    root.dataset.seen = at.dataset.nonce;
    for (const box of fields(root)) {
      box.value = box.defaultValue;
      if (box.value === box.dataset.saved) restore(box);
      if (box.value !== box.defaultValue) paint(box);
    }
    told(root);
    if (at.dataset.address) history.replaceState(history.state, '', at.dataset.address);
    clock(root);
    root.querySelector('.st-item[aria-current]')?.scrollIntoView({block: 'nearest'});
    root.quick?.settled();
    const changes = root.querySelector('.st-changes');
    changes?.scrollIntoView({block: 'nearest'});
    changes?.focus({preventScroll: true});
  };
  const order = (root, el, more) => {
    const data = {do: el.dataset.do};
    const at = desk(root);
    if (at) {
      data.listing = el.dataset.to || at.dataset.listing;
      data.revision = Number(at.dataset.revision);
      const boxes = fields(root).filter((box) => box.value !== box.dataset.saved);
      data.fields = Object.fromEntries(boxes.map((box) => [box.dataset.field, box.value]));
    }
    for (const name of ['finding', 'channel', 'picture']) if (el.dataset[name]) data[name] = el.dataset[name];
    if (el.dataset.place) data.field = el.dataset.place;
    if (el.dataset.number) data.number = Number(el.dataset.number);
    if (el.dataset.from) data.reason = root.querySelector(el.dataset.from).value;
    if (el.dataset.fields) data.fields = {...data.fields, ...JSON.parse(el.dataset.fields)};
    if (el.dataset.event === 'make')
      for (const input of root.querySelectorAll('[data-send]'))
        data[input.dataset.send] = input.type === 'checkbox' ? input.checked : input.value;
    return {...data, ...more};
  };
  // A dialog lives beside what Gradio patches: an answer that comes late must not close it.
  const dialog = (root, kind, closed) => {
    const made = root.querySelector(`template[${kind}]`).content.firstElementChild.cloneNode(true);
    root.closest('.gradio-container').append(made);
    made.onclose = () => { made.remove(); closed?.(made); };
    made.showModal();
    return made;
  };
  const ask = (root, el, go) => {
    const asked = dialog(root, `data-${el.dataset.dialog || 'reason'}`, (made) => {
      if (made.returnValue !== 'yes') return;
      const {bound, ...more} = Object.fromEntries(new FormData(made.querySelector('form')));
      go(bound ? {...more, bound: Number(bound)} : more);
    });
    if (el.dataset.ask) asked.querySelector('h2').textContent = el.dataset.ask;
    asked.querySelector('textarea, input:not([type=hidden]), select, [value=yes]').focus();
  };
  // Earlier words, in a dialog whose buttons bring them back.
  const look = async (root, el, go) => {
    const {listing} = desk(root).dataset;
    const wanted = new URLSearchParams({listing, field: el.dataset.place || '', number: el.dataset.look || 0});
    const answer = await fetch('/desk/versions?' + wanted);
    if (!answer.ok) return;
    const holder = document.createElement('div');
    holder.innerHTML = await answer.text();
    const shown = holder.firstElementChild;
    clock(shown);
    root.closest('.gradio-container').append(shown);
    let chosen;
    shown.onclick = (event) => { chosen = event.target.closest('button') || chosen; };
    shown.onclose = () => { shown.remove(); if (shown.returnValue === 'yes') go(chosen); };
    shown.showModal();
  };
  // Findings while somebody types: by the same rules as a save, and nothing is stored.
  const PAUSE = 450;
  const recheck = (root) => {
    const touched = new Set();
    let timer, running;
    const run = async () => {
      const at = desk(root), sent = {};
      for (const box of fields(root)) if (touched.has(box.dataset.field)) sent[box.dataset.field] = box.value;
      running?.abort();
      running = new AbortController();
      const body = JSON.stringify({do: 'check', listing: at.dataset.listing, fields: sent});
      const headers = {'content-type': 'application/json'};
      const answer = await fetch('/desk/check', {method: 'POST', headers, body, signal: running.signal})
        .catch(() => null);
      if (!answer?.ok) return;
      const told = await answer.json();
      if (desk(root) !== at) return;
      for (const box of fields(root)) {
        const one = told[box.dataset.field];
        if (!one || box.value !== sent[box.dataset.field]) continue;
        const piece = box.closest('.st-piece'), used = piece.querySelector('.st-used');
        box.previousElementSibling.innerHTML = one.back;
        if (piece.querySelector('.st-under').innerHTML !== one.findings)
          piece.querySelector('.st-under').innerHTML = one.findings;
        piece.classList.toggle('st-marked', one.findings.includes('st-finding '));
        if (used) { used.firstElementChild.textContent = one.used; used.classList.toggle('st-bad', one.over); }
      }
    };
    return (box) => {
      touched.add(box.dataset.field);
      clearTimeout(timer);
      timer = setTimeout(run, PAUSE);
    };
  };

  window.studioDesk = (root, send, watch) => {
    root.addEventListener('click', (event) => {
      const open = event.target.closest('[data-open]');
      if (open) {
        document.querySelector(open.dataset.open + ' button')?.click();
        document.querySelector(open.dataset.open)?.scrollIntoView();
      }
      if (event.target.closest('[data-help]')) dialog(root, 'data-keys');
      const old = event.target.closest('[data-look]');
      if (old) look(root, old, (chosen) => start(old, {
        do: 'bring', number: Number(chosen.dataset.number), field: chosen.dataset.place || '',
        pictures: !('texts' in chosen.dataset)}));
      if (event.target.closest('[data-take]')) {
        const box = event.target.closest('.st-piece').querySelector('textarea');
        box.value = box.dataset.saved;
        event.target.closest('.st-theirs').remove();
        box.dispatchEvent(new Event('input', {bubbles: true}));
      }
      const el = event.target.closest('[data-do]');
      if (!el || el.disabled || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (el.dataset.ask || el.dataset.dialog) ask(root, el, (more) => start(el, more));
      else start(el);
    });
    const start = (el, more) => {
      const data = order(root, el, more);
      if (root.quick?.takes(data, el)) return;
      root.setAttribute('aria-busy', 'true');
      setTimeout(() => root.removeAttribute('aria-busy'), 15000);
      send[el.dataset.event || 'act'](data);
    };
    const check = recheck(root);
    root.addEventListener('input', (event) => {
      const box = event.target;
      if (box.matches('[data-cut]')) box.parentElement.style.setProperty('--cut', box.value + '%');
      if (!box.matches('[data-field]')) return;
      paint(box); keep(box); told(root);
      if (!event.isComposing && !box.readOnly) check(box);
    });
    root.addEventListener('compositionend', (event) => {
      if (event.target.matches('[data-field]')) check(event.target);
    });
    const drawn = () => {
      if (!root.quick && root.querySelector('.st-queue')) root.quick = window.studioQuick(root, send, settle);
      settle(root);
    };
    watch('value', drawn);
    drawn();
  };

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && typing(event.target)) return event.target.blur();
    if (typing(event.target) || document.querySelector('dialog[open]')) return;
    const key = event.key.toLowerCase();
    const el = key === 'e' ? document.querySelector('textarea[data-field]:not([readonly])')
      : document.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled])`);
    if (!el) return;
    event.preventDefault();
    if (el.matches('input, textarea')) el.focus(); else el.click();
  });
})();
