# Stands for `ssh -i "$KEYFORM_PRIVATE_KEY_FILE" root@"$KEYFORM_PRIVATE_ADDRESS" true`. To try what
# happens when an instance refuses the new key, name it in a file `refusing`.
test -r "$KEYFORM_PRIVATE_KEY_FILE" || exit 1
if grep -qx "$KEYFORM_INSTANCE_NAME" refusing 2>/dev/null; then
    echo "root@$KEYFORM_PRIVATE_ADDRESS: Permission denied (publickey)."
    exit 255
fi
