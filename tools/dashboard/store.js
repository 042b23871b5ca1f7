// A value that views follow.
import {useEffect, useState} from './vendor/preact.js';

export class Store {
  constructor(value) {
    this.value = value;
    this.listeners = new Set();
  }

  set(value) {
    if (value === this.value) return;
    this.value = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  merge(part) {
    this.set({...this.value, ...part});
  }

  // Returns the function that ends the subscription.
  follow(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export function useStore(store) {
  const [, setCount] = useState(0);
  const shown = store.value;
  useEffect(() => {
    const again = () => setCount((n) => n + 1);
    // It may have changed between what is shown and now, and perhaps it never changes again.
    if (store.value !== shown) again();
    return store.follow(again);
  }, [store]);
  return shown;
}
