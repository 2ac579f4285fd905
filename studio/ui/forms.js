// Pages of forms and lists: a form becomes a deed, a list looks again by itself, and times are told
// by the reader's own clock.
(() => {
  const PATIENCE = 20000;  // milliseconds after which a page stops saying that it waits
  const clock = (root) => {
    for (const told of root.querySelectorAll('time[datetime]'))
      told.textContent = new Date(told.dateTime).toLocaleString(
        document.documentElement.lang, {dateStyle: 'medium', timeStyle: 'short'});
  };
  const order = (form, button) => {
    const held = {};
    for (const [name, value] of new FormData(form, button))
      held[name] = name in held ? `${held[name]}\n${value}` : value;
    const {channel = '', ...fields} = held;
    return {do: form.dataset.do, channel, fields: {...fields, address: location.search}};
  };
  const chosen = (root) => {
    for (const box of root.querySelectorAll('[data-cookie]')) {
      const held = new RegExp(`(?:^|; )${box.dataset.cookie}=([a-z]+)`).exec(document.cookie);
      if (held) box.value = held[1];
    }
  };
  const keep = (name, value) => {
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
  };

  // What a filter leaves empty stays out of the address.
  const address = (form) => {
    const asked = [...new FormData(form)].filter(([, value]) => value);
    return form.getAttribute('action') + (asked.length ? `?${new URLSearchParams(asked)}` : '');
  };

  window.studioForms = (root, send, watch) => {
    let timer;
    const look = () => {
      if (!document.hidden) send.act({do: 'look', fields: {address: location.search}});
    };
    // A list that is live is drawn anew for another address, without loading the page again.
    const live = () => root.querySelector('[data-live]');
    const go = (to) => {
      if (!live()) return location.assign(to);
      history.pushState(null, '', to);
      root.setAttribute('aria-busy', 'true');
      look();
    };
    window.addEventListener('popstate', () => { if (live()) look(); });
    const settle = () => {
      root.removeAttribute('aria-busy');
      clock(root);
      chosen(root);
      clearInterval(timer);
      const again = root.querySelector('[data-again]');
      if (again) timer = setInterval(look, again.dataset.again * 1000);
      const gone = root.querySelector('[data-goto]');
      if (gone) location.assign(gone.dataset.goto);
      // Gradio patches in place: ticks of rows that were there before would stay.
      for (const box of root.querySelectorAll('[name=ids], [data-all]')) box.checked = false;
      for (const form of root.querySelectorAll('[data-auto]'))
        if (!form.contains(document.activeElement)) form.reset();
      // What was taken is cleared; what was refused stays in its fields.
      if (root.querySelector('[data-taken]'))
        for (const form of root.querySelectorAll('form[data-do]')) form.reset();
    };
    root.addEventListener('click', (event) => {
      const link = event.target.closest('.st-pages a, a[data-clear]');
      if (link && live() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        go(link.getAttribute('href'));
        window.scrollTo(0, 0);
      }
      const open = event.target.closest('[data-open]')?.dataset.open;
      if (!open) return;
      document.querySelector(`${open} button`)?.click();
      document.querySelector(open)?.scrollIntoView();
    });
    root.addEventListener('submit', (event) => {
      const form = event.target.closest('form');
      event.preventDefault();
      if (form.dataset.do === undefined) return go(address(form));
      const sure = event.submitter?.dataset.sure;
      if (sure && !window.confirm(sure)) return;
      root.setAttribute('aria-busy', 'true');
      setTimeout(() => root.removeAttribute('aria-busy'), PATIENCE);
      send[form.dataset.event || 'act'](order(form, event.submitter));
    });
    root.addEventListener('change', (event) => {
      const box = event.target;
      if (box.matches('[data-cookie]')) keep(box.dataset.cookie, box.value);
      if (box.matches('[data-all]'))
        for (const each of root.querySelectorAll(box.dataset.all)) each.checked = box.checked;
      if (box.matches('[data-auto] select, [data-auto] [type=checkbox]')) box.form.requestSubmit();
    });
    watch('value', settle);
    settle();
  };
  document.addEventListener('click', (event) => {
    const other = event.target.closest('.st-lang');
    if (other) other.search = new URLSearchParams({to: location.pathname + location.search});
  });
})();
