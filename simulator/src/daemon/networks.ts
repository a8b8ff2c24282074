import { RpcError } from "../cli/errors.ts";
import type { Life } from "./life.ts";

export interface NetworkInterface {
  name: string;
  type: string;
  description: string;
}

/** The host's network interfaces. */
export class Networks {
  readonly #life: Life;

  constructor(life: Life) {
    this.#life = life;
  }

  list(): NetworkInterface[] {
    const { caps, store } = this.#life;
    const bridges = caps.zones
      ? Object.keys(store.world.zones).map((zone) => `mpqemubr${zone}`)
      : ["mpqemubr0"];
    return [
      { name: "br0", type: "bridge", description: "Network bridge with eth0" },
      { name: "eth0", type: "ethernet", description: "Ethernet device" },
      ...bridges.map((name) => ({ name, type: "bridge", description: "Network bridge" })),
    ];
  }

  exists(id: string): boolean {
    return this.list().some(({ name }) => name === id);
  }

  /** The setting that the name `bridged` refers to. */
  #bridge(): string {
    return this.#life.store.world.settings["local.bridged-network"] ?? "";
  }

  checkBridged(): void {
    const bridge = this.#bridge();
    if (bridge === "") {
      throw new RpcError(
        'You have to `multipass set local.bridged-network=<name>` to use the "bridged" shortcut.',
      );
    }
    if (!this.exists(bridge)) {
      throw new RpcError(
        `Invalid network '${bridge}' set as bridged interface, use \`multipass set local.bridged-network=<name>\` to correct. See \`multipass networks\` for valid names.`,
      );
    }
  }

  resolve(id: string): string {
    return id === "bridged" ? this.#bridge() : id;
  }

  isBridge(id: string): boolean {
    return id === "bridged" || (this.#bridge() !== "" && id === this.#bridge());
  }
}
