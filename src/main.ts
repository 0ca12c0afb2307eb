console.log("cheeseshop");
