/** The kind of value under a key of cloud-config; `any` where cloud-init accepts several kinds. */
type KeyKind = "list" | "mapping" | "value" | "any";

/** Cloud-config's top-level keys. Source: `cloudinit/config/schemas/schema-cloud-config-v1.json`. */
const KEYS: Readonly<Record<KeyKind, string>> = {
  list: `
    bootcmd cloud_config_modules cloud_final_modules cloud_init_modules fs_setup mount_default_fields mounts packages runcmd
    ssh_authorized_keys ssh_fp_console_blacklist ssh_genkeytypes ssh_import_id ssh_key_console_blacklist write_files`,
  mapping: `
    ansible apk_repos apt autoinstall ca_certs ca-certs chef chpasswd device_aliases disk_setup drivers fan growpart grub_dpkg grub-dpkg
    keyboard landscape lxd mcollective ntp output phone_home power_state puppet random_seed reporting resolv_conf rh_subscription rpi
    rsyslog salt_minion snap spacewalk ssh ssh_keys ssh_publish_hostkeys swap system_info ubuntu_advantage ubuntu_pro updates vendor_data
    wireguard yum_repos zypper`,
  value: `
    allow_public_ssh_keys apt_pipelining apt_reboot_if_required apt_update apt_upgrade authkey_hash byobu_by_default create_hostname_file
    disable_ec2_metadata disable_root disable_root_opts final_message fqdn hostname launch-index locale locale_configfile
    manage_etc_hosts manage_resolv_conf no_ssh_fingerprints package_reboot_if_required package_update package_upgrade password
    prefer_fqdn_over_hostname preserve_hostname resize_rootfs ssh_deletekeys ssh_pwauth ssh_quiet_keygen timezone version
    yum_repo_dir`,
  any: "groups merge_how merge_type migrate user users",
};

export const KINDS: ReadonlyMap<string, KeyKind> = new Map(
  Object.entries(KEYS).flatMap(([kind, keys]) =>
    keys
      .trim()
      .split(/\s+/)
      .map((key) => [key, kind as KeyKind] as const),
  ),
);
