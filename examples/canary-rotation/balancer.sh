# What a load balancer would be told; keyform names the instance.
echo "$1 $KEYFORM_INSTANCE_NAME ($KEYFORM_PRIVATE_ADDRESS)"
