// The review desk at reading speed: the next item is here before it is wanted, a key answers at once,
// and the server confirms behind. What it refuses comes back with the reason.
(() => {
  const AHEAD = 3, FRESH = 120000, LAST = 'st-decided';
  const DECISIONS = ['approve', 'reject'];

  window.studioQuick = (root, send, settle) => {
    const kept = new Map();           // listing -> {at, page}: fetched ahead
    let chain = Promise.resolve();    // decisions go to the server one after the other
    let wanted = '', later = '';      // the item that is to be shown; words for the next page
    const items = () => [...root.querySelectorAll('.st-item')];
    const item = (id) => items().find((one) => one.dataset.to === id);
    const page = () => root.querySelector('.st-page');
    const decided = () => JSON.parse(sessionStorage.getItem(LAST) || '[]');
    const remember = (list) => sessionStorage.setItem(LAST, JSON.stringify(list.slice(-50)));
    const dirty = () => [...root.querySelectorAll('textarea[data-field]')].some((b) => b.value !== b.dataset.saved);
    const told = (name) => root.querySelector('.st-desk').dataset[name];

    // Every failure is told in the page's own words; the browser's are English and say little.
    const ask = async (path, more) => {
      const answer = await fetch(path, more).catch(() => { throw new Error(told('lost')); });
      if (answer.status === 401) throw new Error(told('ended'));
      return answer;
    };
    const fetched = async (id) => {
      const query = new URLSearchParams(location.search);
      query.set('listing', id);
      const answer = await ask('/desk/item?' + query);
      if (!answer.ok) throw new Error(told('lost'));
      return answer.text();
    };
    const get = (id) => {
      const held = kept.get(id);
      if (held && Date.now() - held.at < FRESH) return held.page;
      const made = fetched(id);
      kept.set(id, {at: Date.now(), page: made});
      made.then(pictures, () => kept.delete(id));
      return made;
    };
    const pictures = (html) => {
      for (const found of html.matchAll(/<img[^>]* src="([^"]+)"/g)) new Image().src = found[1];
    };
    // The open item that is `by` steps away; past the end the nearest one before.
    const near = (by) => {
      const all = items(), at = all.findIndex((one) => one.hasAttribute('aria-current'));
      const open = (one) => !one.classList.contains('st-done');
      return by > 0 ? all.slice(at + 1).find(open) : all.slice(0, Math.max(at, 0)).findLast(open);
    };
    const mark = (id) => {
      for (const one of items()) one.toggleAttribute('aria-current', one.dataset.to === id);
      item(id)?.setAttribute('aria-current', 'true');
    };
    const place = (html) => {
      const holder = document.createElement('template');
      holder.innerHTML = html;
      page().replaceWith(holder.content.firstElementChild);
      settle(root);
    };
    const stay = () => { wanted = page().dataset.listing; mark(wanted); };
    const show = async (id, quietly) => {
      wanted = id;
      mark(id);
      root.setAttribute('aria-busy', 'true');
      try {
        const html = await get(id);
        if (wanted === id) place(html);
      } catch (error) {
        root.removeAttribute('aria-busy');
        if (wanted === id) stay();
        if (!quietly) say(error.message, 'bad');
      }
    };
    const say = (words, kind, more) => {
      const line = document.createElement('p');
      line.className = `st-note st-${kind}`;
      line.textContent = words;
      if (more) line.append(' ', more);
      root.querySelector('.st-told').replaceChildren(line);
    };
    const quiet = () => root.querySelector('.st-told').replaceChildren();
    const link = (words, does) => {
      const made = document.createElement('button');
      made.className = 'st-link'; made.textContent = words; made.onclick = does;
      return made;
    };
    const post = async (data) => {
      const answer = await ask('/desk/do' + location.search, {
        method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(data)});
      const heard = await answer.json().catch(() => ({}));
      return answer.ok ? heard : {problem: heard.message || told('lost')};
    };
    const draw = (heard) => {
      for (const [state, n] of Object.entries(heard.counts || {}))
        for (const b of root.querySelectorAll(`[data-count="${state}"]`)) b.textContent = n;
      const badge = document.querySelector('.st-nav .st-count');
      if (badge && heard.counts) badge.textContent = heard.counts.submitted;
      if (heard.panel) root.querySelector('[data-panel]').innerHTML = heard.panel;
    };
    const refused = (id, problem, html) => {
      const row = item(id);
      row?.classList.remove('st-done');
      kept.delete(id);
      if (html && !dirty()) { wanted = id; mark(id); place(html); }
      else say(problem, 'bad', row && link(row.querySelector('b').textContent, () => show(id)));
    };
    const decide = (data) => {
      const id = data.listing, next = near(1) || near(-1);
      item(id)?.classList.add('st-done');
      for (const [key] of Object.entries(data.fields || {})) sessionStorage.removeItem(`st-draft:${id}#${key}`);
      kept.delete(id);
      if (next) show(next.dataset.to, true); else root.setAttribute('aria-busy', 'true');
      chain = chain.then(() => post(data)).then((heard) => {
        root.removeAttribute('aria-busy');
        draw(heard);
        if (heard.problem) return refused(id, heard.problem, heard.page);
        remember([...decided(), [id, heard.revision]]);
        refresh();
        if (next) return say(heard.said, 'good');
        later = heard.said;
        send.act({do: 'open'});
      }).catch((error) => { root.removeAttribute('aria-busy'); refused(id, error.message); });
    };
    const undo = (data) => {
      chain = chain.then(() => {
        const list = decided(), last = list.pop() || [data.listing, data.revision];
        return post({do: 'undo', listing: last[0], revision: last[1]}).then((heard) => {
          remember(list);
          draw(heard);
          kept.delete(last[0]);
          if (heard.problem) { refresh(); return say(heard.problem, 'bad'); }
          item(last[0])?.classList.remove('st-done');
          return show(last[0]).then(() => say(heard.said, 'good'));
        });
      }).catch((error) => say(error.message, 'bad'));
    };
    const other = (data) => {
      root.setAttribute('aria-busy', 'true');
      chain = chain.then(() => post(data)).then((heard) => {
        root.removeAttribute('aria-busy');
        if (heard.go) return location.assign(heard.go);
        draw(heard);
        for (const one of items()) kept.delete(one.dataset.to);
        if (heard.redraw) { later = heard.said; return send.act({do: 'open'}); }
        say(heard.problem || heard.said, heard.problem ? 'bad' : 'good');
      }).catch((error) => { root.removeAttribute('aria-busy'); say(error.message, 'bad'); });
    };
    const settled = () => {
      wanted = page().dataset.listing || '';
      if (later) say(later, 'good');
      later = '';
      refresh();
    };
    const refresh = () => {
      const back = root.querySelector('[data-do=undo]');
      if (back && decided().length) back.disabled = false;
      for (const step of root.querySelectorAll('[data-step]')) step.disabled = !near(Number(step.dataset.step));
      const all = items(), at = all.findIndex((one) => one.dataset.to === wanted);
      const ahead = all.slice(at + 1).filter((one) => !one.classList.contains('st-done')).slice(0, AHEAD);
      for (const one of ahead) get(one.dataset.to).catch(() => {});
    };
    root.addEventListener('click', (event) => {
      const step = event.target.closest('[data-step]');
      const to = step && near(Number(step.dataset.step));
      if (to) { quiet(); show(to.dataset.to); }
    });
    return {
      settled,
      takes: (data, el) => {
        if (data.do === 'open' && el.matches('.st-item')) { quiet(); show(data.listing); }
        else if (DECISIONS.includes(data.do)) {
          // Nobody decides what is not in sight yet: a key that comes too early does nothing.
          if (data.listing === wanted) decide(data);
        }
        else if (data.do === 'undo') undo(data);
        else if (['draw', 'rest', 'send'].includes(data.do)) other(data);
        else { kept.delete(data.listing); return false; }
        return true;
      },
    };
  };
})();
