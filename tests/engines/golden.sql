-- city is "Tampere"
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("fold" = CAST($2 AS TEXT));

-- city is "Tampere" and points > 10
SELECT person FROM "a5_points" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" > CAST($2 AS BIGINT));

-- city is "Tampere" or points > 10 and subscribed is yes
SELECT person FROM "a8_subscribed" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" = CAST($2 AS BOOLEAN));

-- points <= 10
SELECT person FROM "a5_points" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" <= CAST($2 AS BIGINT));

-- city is none of "Tampere", "Turku"
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (ARRAY_CONTAINS(CAST($2 AS TEXT[]), "fold"));

-- city does not contain "tam"
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND CONTAINS("fold", CAST($2 AS TEXT));

-- points is not between 10 and 100
SELECT person FROM "a5_points" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" >= CAST($2 AS BIGINT) AND "value" <= CAST($3 AS BIGINT));

-- joined is not in last 30 days
SELECT person FROM "a11_joined" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" >= CAST($2 AS TIMESTAMP) AND "value" < CAST($3 AS TIMESTAMP));

-- city is unknown
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (NOT "value" IS NULL);

-- did product_view where brand is not "Nike"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE("c15_brand_f" = CAST($2 AS TEXT), FALSE);

-- did product_view where brand is "Nike"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c15_brand_f" = CAST($2 AS TEXT);

-- in segment "big-spenders" and did order in last 30 days
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP);

-- did order at most 3 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" <= CAST($2 AS BIGINT)));

-- did order under 2 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" < CAST($2 AS BIGINT)));

-- did order exactly 0 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" = CAST($2 AS BIGINT)));

-- did order at least 0 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" >= CAST($2 AS BIGINT)));

-- sum of total of order < 20
SELECT person FROM (SELECT person, COALESCE(SUM(value), 0) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" < CAST($2 AS DECIMAL(38, 4))));

-- sum of total of order is between -5 and 5
SELECT person FROM (SELECT person, COALESCE(SUM(value), 0) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" >= CAST($2 AS DECIMAL(38, 4)) AND "value" <= CAST($3 AS DECIMAL(38, 4))));

-- did order over 0 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" > CAST($2 AS BIGINT));

-- average of total of order < 100
SELECT person FROM (SELECT person, SUM(value) AS parts, COUNT(value) AS whole FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" < CAST($2 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- average of total of order > 100
SELECT person FROM (SELECT person, SUM(value) AS parts, COUNT(value) AS whole FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" > CAST($2 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- min of total of order < 100
SELECT person FROM (SELECT person, MIN(value) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" < CAST($2 AS DECIMAL(38, 4)));

-- max of total of order <= 100
SELECT person FROM (SELECT person, MAX(value) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" <= CAST($2 AS DECIMAL(38, 4)));

-- average of total of order is known
SELECT person FROM (SELECT person, SUM(value) AS parts, COUNT(value) AS whole FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND TRUE;

-- max of total of order is unknown
SELECT person FROM (SELECT person, MAX(value) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT "value" IS NULL);

-- average of total of order is not 10
SELECT person FROM (SELECT person, SUM(value) AS parts, COUNT(value) AS whole FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" = CAST($2 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- min of total of order is not between 5 and 15
SELECT person FROM (SELECT person, MIN(value) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS DECIMAL(38, 4)) AND "value" <= CAST($3 AS DECIMAL(38, 4)));

-- count of product_view is 3
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS BIGINT));

-- average of price of product_view is 20
SELECT person FROM (SELECT person, SUM(value) AS parts, COUNT(value) AS whole FROM (SELECT person, "at", local_day, "c16_price" AS value FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" = CAST($2 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- sum of price of product_view is 40
SELECT person FROM (SELECT person, COALESCE(SUM(value), 0) AS value FROM (SELECT person, "at", local_day, "c16_price" AS value FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS DECIMAL(38, 4)));

-- sum of price of product_view is 0
SELECT person FROM (SELECT person, COALESCE(SUM(value), 0) AS value FROM (SELECT person, "at", local_day, "c16_price" AS value FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" = CAST($2 AS DECIMAL(38, 4))));

-- min of price of product_view is 10
SELECT person FROM (SELECT person, MIN(value) AS value FROM (SELECT person, "at", local_day, "c16_price" AS value FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS DECIMAL(38, 4)));

-- distinct count of brand of product_view is 1
SELECT person FROM (SELECT person, COUNT(DISTINCT value) AS value FROM (SELECT person, "at", local_day, "c15_brand_f" AS value FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS BIGINT));

-- distinct count of brand of product_view is 0
SELECT person FROM (SELECT person, COUNT(DISTINCT value) AS value FROM (SELECT person, "at", local_day, "c15_brand_f" AS value FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" = CAST($2 AS BIGINT)));

-- average of price of product_view > 3.3333333333
SELECT person FROM (SELECT person, SUM(value) AS parts, COUNT(value) AS whole FROM (SELECT person, "at", local_day, "c16_price" AS value FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" > CAST($2 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- average of price of product_view < 3.3333333334
SELECT person FROM (SELECT person, SUM(value) AS parts, COUNT(value) AS whole FROM (SELECT person, "at", local_day, "c16_price" AS value FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" < CAST($2 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- sum of total of order >= 30
SELECT person FROM (SELECT person, COALESCE(SUM(value), 0) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS DECIMAL(38, 4)));

-- average of total of order >= 20
SELECT person FROM (SELECT person, SUM(value) AS parts, COUNT(value) AS whole FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" >= CAST($2 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- did order
SELECT person FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP);

-- contract_ends is after 2026-03-01
SELECT person FROM "a10_contract_ends" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" >= CAST($2 AS DATE));

-- contract_ends is before 2026-03-01
SELECT person FROM "a10_contract_ends" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" < CAST($2 AS DATE));

-- birthday is 2000-05-05
SELECT person FROM "a9_birthday" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" >= CAST($2 AS DATE) AND "value" < CAST($3 AS DATE));

-- did order where brand contains "puma"
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND LENGTH(LIST_FILTER("c4_brand_f", LAMBDA x : CONTAINS(x, CAST($2 AS TEXT)))) > 0;

-- level is "100% \"gold\""
SELECT person FROM "a4_level" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("fold" = CAST($2 AS TEXT));

-- level contains "%"
SELECT person FROM "a4_level" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND CONTAINS("fold", CAST($2 AS TEXT));

-- did order where brand is "Nike"
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c4_brand_f" && CAST($2 AS TEXT[]);

-- did order where brand is not "Nike"
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE("c4_brand_f" && CAST($2 AS TEXT[]), FALSE);

-- country is Suomi
SELECT person FROM "a2_country" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("fold" = CAST($2 AS TEXT));

-- country is one of Finland, Ruotsi
SELECT person FROM "a2_country" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (ARRAY_CONTAINS(CAST($2 AS TEXT[]), "fold"));

-- language is Swedish
SELECT person FROM "a3_language" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("fold" = CAST($2 AS TEXT));

-- sum of total of order is 0.3
SELECT person FROM (SELECT person, COALESCE(SUM(value), 0) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS DECIMAL(38, 4)));

-- sum of total of order > 0.3
SELECT person FROM (SELECT person, COALESCE(SUM(value), 0) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" > CAST($2 AS DECIMAL(38, 4)));

-- max of total of order is 10.0049
SELECT person FROM (SELECT person, MAX(value) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS DECIMAL(38, 4)));

-- rfm_score is "111"
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND (LOWER("rfm_score") = CAST($1 AS TEXT));

-- rfm_r > 1
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND ("rfm_r" > CAST($1 AS BIGINT));

-- recency_days <= 30
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND ("recency_days" <= CAST($1 AS BIGINT));

-- frequency is at least 2
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND ("frequency" >= CAST($1 AS BIGINT));

-- monetary > 500
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND ("monetary" > CAST($1 AS DECIMAL(38, 4)));

-- rfm_r is 3 and rfm_f is 3 and rfm_m is 3
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND ("rfm_r" = CAST($1 AS BIGINT));

-- rfm_r is 3 and rfm_f is 3 and rfm_m is 3
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND ("rfm_f" = CAST($1 AS BIGINT));

-- rfm_r is 3 and rfm_f is 3 and rfm_m is 3
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND ("rfm_m" = CAST($1 AS BIGINT));

-- recency_days is unknown
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND (NOT "recency_days" IS NULL);

-- monetary <= 0
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND ("monetary" <= CAST($1 AS DECIMAL(38, 4)));

-- RFM group is "Lost"
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND (LOWER("rfm_group") = CAST($1 AS TEXT));

-- rfm_group is one of lost, "Prospects"
SELECT person FROM "trait_rfm" AS t WHERE TRUE AND (ARRAY_CONTAINS(CAST($1 AS TEXT[]), LOWER("rfm_group")));

-- did Order where TOTAL > 5
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c1_total" > CAST($2 AS DECIMAL(38, 4));

-- `last order` is boots
SELECT person FROM "a12_last_order" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("fold" = CAST($2 AS TEXT));

-- count of the orders is 1
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS BIGINT));

-- did product_view
SELECT person FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP);

-- did product_view at least 2 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS BIGINT));

-- did product_view at most 2 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" <= CAST($2 AS BIGINT)));

-- did product_view over 2 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" > CAST($2 AS BIGINT));

-- did product_view fewer than 2 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" < CAST($2 AS BIGINT)));

-- count of product_view is between 2 and 3
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS BIGINT) AND "value" <= CAST($3 AS BIGINT));

-- min of total of order is 10
SELECT person FROM (SELECT person, MIN(value) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS DECIMAL(38, 4)));

-- max of total of order > 30
SELECT person FROM (SELECT person, MAX(value) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" > CAST($2 AS DECIMAL(38, 4)));

-- minimum of total of order > 20
SELECT person FROM (SELECT person, MIN(value) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" > CAST($2 AS DECIMAL(38, 4)));

-- max of delivered of order is after 2026-02-10
SELECT person FROM (SELECT person, MAX(value) AS value FROM (SELECT person, "at", local_day, "c8_delivered" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS DATE));

-- min of delivered of order is before 2026-02-10
SELECT person FROM (SELECT person, MIN(value) AS value FROM (SELECT person, "at", local_day, "c8_delivered" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" < CAST($2 AS DATE));

-- max of delivered of order is unknown
SELECT person FROM (SELECT person, MAX(value) AS value FROM (SELECT person, "at", local_day, "c8_delivered" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT "value" IS NULL);

-- max of paid_at of order is in last 30 days
SELECT person FROM (SELECT person, MAX(value) AS value FROM (SELECT person, "at", local_day, "c9_paid_at" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS TIMESTAMP) AND "value" < CAST($3 AS TIMESTAMP));

-- min of paid_at of order is 2026-01-05
SELECT person FROM (SELECT person, MIN(value) AS value FROM (SELECT person, "at", local_day, "c9_paid_at" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS TIMESTAMP) AND "value" < CAST($3 AS TIMESTAMP));

-- distinct count of brand of order is 3
SELECT person FROM (SELECT person, COUNT(DISTINCT value) AS value FROM (SELECT person, "at", local_day, UNNEST(CASE WHEN LENGTH("c4_brand_f") > 0 THEN "c4_brand_f" ELSE [CAST(NULL AS TEXT)] END) AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS BIGINT));

-- distinct count of brand of order < 1
SELECT person FROM (SELECT person, COUNT(DISTINCT value) AS value FROM (SELECT person, "at", local_day, UNNEST(CASE WHEN LENGTH("c4_brand_f") > 0 THEN "c4_brand_f" ELSE [CAST(NULL AS TEXT)] END) AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE (NOT ("value" < CAST($2 AS BIGINT)));

-- did order where channel is web
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c5_channel_f" = CAST($2 AS TEXT);

-- did order where channel is web in last 60 days
SELECT person FROM "e0_order" WHERE ((NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AND "c5_channel_f" = CAST($3 AS TEXT);

-- sum of total of order where channel is store >= 100
SELECT person FROM (SELECT person, COALESCE(SUM(value), 0) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c5_channel_f" = CAST($2 AS TEXT)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($3 AS DECIMAL(38, 4)));

-- did order where (channel is web and total >= 100)
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND ("c5_channel_f" = CAST($2 AS TEXT) AND "c1_total" >= CAST($3 AS DECIMAL(38, 4)));

-- did order where channel is web and did order where total >= 100
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c1_total" >= CAST($2 AS DECIMAL(38, 4));

-- did order where (channel is store or coupon is SPRING) at least 2 times
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND ("c5_channel_f" = CAST($2 AS TEXT) OR "c6_coupon_f" = CAST($3 AS TEXT))) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($4 AS BIGINT));

-- did order where (not coupon is known and total < 50)
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND (NOT (COALESCE(NOT "c6_coupon" IS NULL, FALSE)) AND "c1_total" < CAST($2 AS DECIMAL(38, 4)));

-- did order where ((channel is web or channel is store) and total = 10) exactly once
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND (("c5_channel_f" = CAST($2 AS TEXT) OR "c5_channel_f" = CAST($3 AS TEXT)) AND "c1_total" = CAST($4 AS DECIMAL(38, 4)))) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($5 AS BIGINT));

-- did order where gift is yes
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c7_gift" = CAST($2 AS BOOLEAN);

-- did order where gift is not yes
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE("c7_gift" = CAST($2 AS BOOLEAN), FALSE);

-- did order where lines > 2
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c3_lines" > CAST($2 AS BIGINT);

-- did order where lines is one of 1, 2
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND LIST_CONTAINS(CAST($2 AS BIGINT[]), CAST("c3_lines" AS BIGINT));

-- did order where delivered is since 2026-02-01
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c8_delivered" >= CAST($2 AS DATE);

-- did order where delivered is not in last 30 days
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE("c8_delivered" >= CAST($2 AS DATE) AND "c8_delivered" < CAST($3 AS DATE), FALSE);

-- did order where paid_at is in last 2 hours
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND ("c9_paid_at" >= CAST($2 AS TIMESTAMP) AND "c9_paid_at" < CAST($3 AS TIMESTAMP));

-- did order where paid_at is unknown
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE(NOT "c9_paid_at" IS NULL, FALSE);

-- did order where channel is none of web, phone
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE(ARRAY_CONTAINS(CAST($2 AS TEXT[]), "c5_channel_f"), FALSE);

-- did order where channel contains e
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND CONTAINS("c5_channel_f", CAST($2 AS TEXT));

-- did order where channel does not contain w
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE(CONTAINS("c5_channel_f", CAST($2 AS TEXT)), FALSE);

-- did order where lines >= 2
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c3_lines" >= CAST($2 AS BIGINT);

-- did order where lines < 2
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c3_lines" < CAST($2 AS BIGINT);

-- did order where lines <= 2
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c3_lines" <= CAST($2 AS BIGINT);

-- did order where lines is not 2
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE("c3_lines" = CAST($2 AS BIGINT), FALSE);

-- did order where total is between 20 and 30
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND ("c1_total" >= CAST($2 AS DECIMAL(38, 4)) AND "c1_total" <= CAST($3 AS DECIMAL(38, 4)));

-- did order where lines is not between 2 and 3
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE("c3_lines" >= CAST($2 AS BIGINT) AND "c3_lines" <= CAST($3 AS BIGINT), FALSE);

-- did order where lines is known
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT "c3_lines" IS NULL;

-- did order where delivered is before 2026-02-04
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c8_delivered" < CAST($2 AS DATE);

-- did order where delivered is 2026-02-04
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND ("c8_delivered" >= CAST($2 AS DATE) AND "c8_delivered" < CAST($3 AS DATE));

-- did product_view in last 15 minutes
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP);

-- sum of total of order in last 730 days > 500 and did not order in last 180 days
SELECT person FROM (SELECT person, COALESCE(SUM(value), 0) AS value FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" > CAST($3 AS DECIMAL(38, 4)));

-- max of price of product_view is 10
SELECT person FROM (SELECT person, MAX(value) AS value FROM (SELECT person, "at", local_day, "c16_price" AS value FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS DECIMAL(38, 4)));

-- did product_view where (not (brand is Nike))
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT (COALESCE("c15_brand_f" = CAST($2 AS TEXT), FALSE));

-- did product_view where (not (brand is Nike and brand is known))
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT (COALESCE("c15_brand_f" = CAST($2 AS TEXT), FALSE) AND COALESCE(NOT "c15_brand" IS NULL, FALSE));

-- did product_view where brand starts with "no"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND STARTS_WITH("c15_brand_f", CAST($2 AS TEXT));

-- did product_view where brand does not start with "no"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE(STARTS_WITH("c15_brand_f", CAST($2 AS TEXT)), FALSE);

-- did product_view where brand ends with "e"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND ENDS_WITH("c15_brand_f", CAST($2 AS TEXT));

-- did product_view where brand does not end with "e"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE(ENDS_WITH("c15_brand_f", CAST($2 AS TEXT)), FALSE);

-- did product_view where brand matches "n*e"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c15_brand_f" LIKE CAST($2 AS TEXT) ESCAPE '\';

-- did product_view where brand does not match "n?ke"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE("c15_brand_f" LIKE CAST($2 AS TEXT) ESCAPE '\', FALSE);

-- did product_view where brand contains any of "ik", "zz"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND LENGTH(LIST_FILTER(CAST($2 AS TEXT[]), LAMBDA y : CONTAINS("c15_brand_f", y))) > 0;

-- did product_view where brand contains none of "ik", "zz"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE(LENGTH(LIST_FILTER(CAST($2 AS TEXT[]), LAMBDA y : CONTAINS("c15_brand_f", y))) > 0, FALSE);

-- did product_view where brand contains all of "north", "face"
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND (NOT "c15_brand_f" IS NULL AND LENGTH(LIST_FILTER(CAST($2 AS TEXT[]), LAMBDA y : NOT CONTAINS("c15_brand_f", y))) = 0);

-- did order where brand has all of Nike, Puma
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND LIST_HAS_ALL("c4_brand_f", CAST($2 AS TEXT[]));

-- did order where brand does not have all of Nike, Puma
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND NOT COALESCE(LIST_HAS_ALL("c4_brand_f", CAST($2 AS TEXT[])), FALSE);

-- did order where delivered anniversary is in the next 7 days
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND LIST_EXTRACT(CAST($2 AS INT[]), 100 * MONTH("c8_delivered") + DAY("c8_delivered")) > YEAR("c8_delivered");

-- did product_view where weekday is Monday
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND LIST_EXTRACT(CAST($2 AS TEXT[]), ISODOW("local_day")) = CAST($3 AS TEXT);

-- did product_view where weekday is one of Saturday, Sunday
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND ARRAY_CONTAINS(CAST($3 AS TEXT[]), LIST_EXTRACT(CAST($2 AS TEXT[]), ISODOW("local_day")));

-- did product_view where month is December
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND LIST_EXTRACT(CAST($2 AS TEXT[]), MONTH("local_day")) = CAST($3 AS TEXT);

-- did product_view where hour is between 0 and 11
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND ("local_hour" >= CAST($2 AS BIGINT) AND "local_hour" <= CAST($3 AS BIGINT));

-- did product_view where hour >= 23
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "local_hour" >= CAST($2 AS BIGINT);

-- did product_view where day of month is 31
SELECT person FROM "e3_product_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND DAY("local_day") = CAST($2 AS BIGINT);

-- month of birthday is June
SELECT person FROM "a9_birthday" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (LIST_EXTRACT(CAST($2 AS TEXT[]), MONTH("value")) = CAST($3 AS TEXT));

-- weekday of joined is Wednesday
SELECT person FROM "a11_joined" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND "value" IN (SELECT m.v FROM (SELECT DISTINCT "value" AS v FROM "a11_joined") AS m ASOF JOIN local_offset AS z ON m.v >= z.from_utc WHERE (LIST_EXTRACT(CAST($2 AS TEXT[]), ISODOW(CAST(m.v + TO_SECONDS(z.seconds) AS DATE))) = CAST($3 AS TEXT)));

-- hour of joined < 12
SELECT person FROM "a11_joined" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND "value" IN (SELECT m.v FROM (SELECT DISTINCT "value" AS v FROM "a11_joined") AS m ASOF JOIN local_offset AS z ON m.v >= z.from_utc WHERE (HOUR(m.v + TO_SECONDS(z.seconds)) < CAST($2 AS BIGINT)));

-- hour of joined is 8
SELECT person FROM "a11_joined" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND "value" IN (SELECT m.v FROM (SELECT DISTINCT "value" AS v FROM "a11_joined") AS m ASOF JOIN local_offset AS z ON m.v >= z.from_utc WHERE (HOUR(m.v + TO_SECONDS(z.seconds)) = CAST($2 AS BIGINT)));

-- day of birthday is 1
SELECT person FROM "a9_birthday" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (DAY("value") = CAST($2 AS BIGINT));

-- ordered in December in at least 2 of the last 3 years
SELECT person FROM (SELECT person, COUNT(DISTINCT GREATEST(1, (((DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) + CASE WHEN local_day < CAST(CAST($1 AS DATE) - TO_MONTHS(CAST(DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) AS INT)) AS DATE) THEN 1 ELSE 0 END)) + 12 - 1) // 12)) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AND LIST_EXTRACT(CAST($4 AS TEXT[]), MONTH("local_day")) = CAST($5 AS TEXT)) AS counted WHERE "at" >= CAST($2 AS TIMESTAMP) GROUP BY person) AS figure WHERE ("value" >= CAST($6 AS BIGINT));

-- ordered in at least 2 of the last 3 years
SELECT person FROM (SELECT person, COUNT(DISTINCT GREATEST(1, (((DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) + CASE WHEN local_day < CAST(CAST($1 AS DATE) - TO_MONTHS(CAST(DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) AS INT)) AS DATE) THEN 1 ELSE 0 END)) + 12 - 1) // 12)) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS counted WHERE "at" >= CAST($2 AS TIMESTAMP) GROUP BY person) AS figure WHERE ("value" >= CAST($4 AS BIGINT));

-- ordered in at least 2 of the last 3 months
SELECT person FROM (SELECT person, COUNT(DISTINCT GREATEST(1, (((DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) + CASE WHEN local_day < CAST(CAST($1 AS DATE) - TO_MONTHS(CAST(DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) AS INT)) AS DATE) THEN 1 ELSE 0 END)) + 1 - 1) // 1)) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS counted WHERE "at" >= CAST($2 AS TIMESTAMP) GROUP BY person) AS figure WHERE ("value" >= CAST($4 AS BIGINT));

-- ordered in at least 2 of the last 4 quarters
SELECT person FROM (SELECT person, COUNT(DISTINCT GREATEST(1, (((DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) + CASE WHEN local_day < CAST(CAST($1 AS DATE) - TO_MONTHS(CAST(DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) AS INT)) AS DATE) THEN 1 ELSE 0 END)) + 3 - 1) // 3)) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS counted WHERE "at" >= CAST($2 AS TIMESTAMP) GROUP BY person) AS figure WHERE ("value" >= CAST($4 AS BIGINT));

-- ordered in at most 1 of the last 3 months
SELECT person FROM (SELECT person, COUNT(DISTINCT GREATEST(1, (((DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) + CASE WHEN local_day < CAST(CAST($1 AS DATE) - TO_MONTHS(CAST(DATE_DIFF('MONTH', local_day, CAST($1 AS DATE)) AS INT)) AS DATE) THEN 1 ELSE 0 END)) + 1 - 1) // 1)) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS counted WHERE "at" >= CAST($2 AS TIMESTAMP) GROUP BY person) AS figure WHERE (NOT ("value" <= CAST($4 AS BIGINT)));

-- did add_to_cart and did order within 24 hours of that
SELECT person FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e ASOF JOIN (SELECT person, "at", local_day FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e)) AS l ON e.person = l.person AND e."at" < l."at" WHERE (e."at" >= l."at" - TO_MICROSECONDS(CAST($3 AS BIGINT)))) AS good;

-- did add_to_cart and did order after that
SELECT person FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e JOIN (SELECT person, MAX("at") AS latest FROM (SELECT person, "at", local_day FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e)) AS l GROUP BY person) AS f ON f.person = e.person WHERE e."at" < f.latest) AS good;

-- did add_to_cart and did order within 1 day of that
SELECT person FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e ASOF JOIN (SELECT person, "at", local_day FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e)) AS l ON e.person = l.person AND e."at" < l."at" WHERE (e.local_day >= CAST(l.local_day - TO_MONTHS(CAST($3 AS INT)) AS DATE) - CAST($4 AS INT))) AS good;

-- did add_to_cart in last 3 days and did not order within 24 hours of that
SELECT person FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AS e ASOF LEFT JOIN (SELECT person, "at", local_day FROM (SELECT person, "at", local_day FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AND "at" >= CAST($4 AS TIMESTAMP)) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AS e)) AS l ON e.person = l.person AND e."at" < l."at" WHERE e."at" < CAST($6 AS TIMESTAMP) AND (l."at" IS NULL OR NOT (e."at" >= l."at" - TO_MICROSECONDS(CAST($5 AS BIGINT))))) AS good;

-- did add_to_cart and did not order within 24 hours of that
SELECT person FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e ASOF LEFT JOIN (SELECT person, "at", local_day FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e)) AS l ON e.person = l.person AND e."at" < l."at" WHERE e."at" < CAST($4 AS TIMESTAMP) AND (l."at" IS NULL OR NOT (e."at" >= l."at" - TO_MICROSECONDS(CAST($3 AS BIGINT))))) AS good;

-- did add_to_cart and did not order after that
SELECT person FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e LEFT JOIN (SELECT person, MAX("at") AS latest FROM (SELECT person, "at", local_day FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e)) AS l GROUP BY person) AS f ON f.person = e.person WHERE f.latest IS NULL OR e."at" >= f.latest) AS good;

-- did product_view and did add_to_cart within 2 hours of that and did order within 1 hour of that
SELECT person FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e ASOF JOIN (SELECT person, "at", local_day FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS e ASOF JOIN (SELECT person, "at", local_day FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS e)) AS l ON e.person = l.person AND e."at" < l."at" WHERE (e."at" >= l."at" - TO_MICROSECONDS(CAST($4 AS BIGINT)))) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e)) AS l ON e.person = l.person AND e."at" < l."at" WHERE (e."at" >= l."at" - TO_MICROSECONDS(CAST($5 AS BIGINT)))) AS good;

-- did product_view and did add_to_cart within 2 hours of that and did not order within 1 hour of that
SELECT person FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e ASOF JOIN (SELECT person, "at", local_day FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS e ASOF LEFT JOIN (SELECT person, "at", local_day FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS e)) AS l ON e.person = l.person AND e."at" < l."at" WHERE e."at" < CAST($5 AS TIMESTAMP) AND (l."at" IS NULL OR NOT (e."at" >= l."at" - TO_MICROSECONDS(CAST($4 AS BIGINT))))) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e3_product_view" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e)) AS l ON e.person = l.person AND e."at" < l."at" WHERE (e."at" >= l."at" - TO_MICROSECONDS(CAST($6 AS BIGINT)))) AS good;

-- did add_to_cart where brand is Nike in last 7 days and did order where channel is web within 1 day of that
SELECT person FROM (SELECT e.person, e."at", e.local_day FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE ((NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AND "c17_brand_f" = CAST($3 AS TEXT)) AS e ASOF JOIN (SELECT person, "at", local_day FROM (SELECT person, "at", local_day FROM "e0_order" WHERE ((NOT person IS NULL AND "at" < CAST($4 AS TIMESTAMP)) AND "c5_channel_f" = CAST($5 AS TEXT)) AND "at" >= CAST($6 AS TIMESTAMP)) AS l WHERE person IN (SELECT person FROM (SELECT person, "at", local_day FROM "e4_add_to_cart" WHERE ((NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AND "c17_brand_f" = CAST($3 AS TEXT)) AS e)) AS l ON e.person = l.person AND e."at" < l."at" WHERE (e.local_day >= CAST(l.local_day - TO_MONTHS(CAST($7 AS INT)) AS DATE) - CAST($8 AS INT))) AS good;

-- first order has channel is web
SELECT person FROM (SELECT person, "at", local_day, "c5_channel_f" = CAST($1 AS TEXT) AS hit FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS counted GROUP BY person HAVING (MIN("at") FILTER(WHERE hit) = MIN("at"));

-- last order has channel is store
SELECT person FROM (SELECT person, "at", local_day, "c5_channel_f" = CAST($1 AS TEXT) AS hit FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS counted GROUP BY person HAVING (MAX("at") FILTER(WHERE hit) = MAX("at"));

-- last order in last 10 days has channel is store
SELECT person FROM (SELECT person, "at", local_day, "c5_channel_f" = CAST($1 AS TEXT) AS hit FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AND "at" >= CAST($3 AS TIMESTAMP)) AS counted GROUP BY person HAVING (MAX("at") FILTER(WHERE hit) = MAX("at"));

-- first order has (channel is web and channel is store)
SELECT person FROM (SELECT person, "at", local_day, "c5_channel_f" = CAST($1 AS TEXT) AND "c5_channel_f" = CAST($2 AS TEXT) AS hit FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS counted GROUP BY person HAVING (MIN("at") FILTER(WHERE hit) = MIN("at"));

-- did email_received at least 2 times and clicked none of them
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e6_email_received" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS BIGINT));

-- did email_received at least 2 times and clicked none of them
SELECT person FROM (SELECT e.person, COUNT(*) AS value FROM (SELECT person, "at", local_day, "c19_campaign_f" AS link FROM "e6_email_received" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e SEMI JOIN (SELECT person, "at", local_day, "c21_campaign_f" AS link FROM "e8_email_clicked" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS o ON o.person = e.person AND o.link = e.link GROUP BY e.person) AS figure WHERE (NOT ("value" = CAST($3 AS BIGINT)));

-- did email_received at least 2 times and clicked at least 1 of them
SELECT person FROM (SELECT e.person, COUNT(*) AS value FROM (SELECT person, "at", local_day, "c19_campaign_f" AS link FROM "e6_email_received" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e SEMI JOIN (SELECT person, "at", local_day, "c21_campaign_f" AS link FROM "e8_email_clicked" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS o ON o.person = e.person AND o.link = e.link GROUP BY e.person) AS figure WHERE ("value" >= CAST($3 AS BIGINT));

-- did email_received and clicked all of them
SELECT person FROM "e6_email_received" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP);

-- did email_received and clicked all of them
SELECT person FROM (SELECT e.person, COUNT(*) AS value FROM (SELECT person, "at", local_day, "c19_campaign_f" AS link FROM "e6_email_received" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS e ANTI JOIN (SELECT person, "at", local_day, "c21_campaign_f" AS link FROM "e8_email_clicked" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS o ON o.person = e.person AND o.link = e.link GROUP BY e.person) AS figure WHERE (NOT ("value" = CAST($3 AS BIGINT)));

-- did email_received in last 28 days and clicked none of them
SELECT person FROM "e6_email_received" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP);

-- did email_received in last 28 days and clicked none of them
SELECT person FROM (SELECT e.person, COUNT(*) AS value FROM (SELECT person, "at", local_day, "c19_campaign_f" AS link FROM "e6_email_received" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AS e SEMI JOIN (SELECT person, "at", local_day, "c21_campaign_f" AS link FROM "e8_email_clicked" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS o ON o.person = e.person AND o.link = e.link GROUP BY e.person) AS figure WHERE (NOT ("value" = CAST($4 AS BIGINT)));

-- count of order in the latest 1 is 2
SELECT person FROM (SELECT person, COUNT(*) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP) QUALIFY RANK() OVER (PARTITION BY person ORDER BY "at" DESC) <= CAST($2 AS BIGINT)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($3 AS BIGINT));

-- share of order in the latest 2 that has channel is store is at least 100 %
SELECT person FROM (SELECT person, (100 * COUNT(*) FILTER(WHERE hit)) AS parts, COUNT(*) AS whole FROM (SELECT person, "at", local_day, "c5_channel_f" = CAST($1 AS TEXT) AS hit FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP) QUALIFY RANK() OVER (PARTITION BY person ORDER BY "at" DESC) <= CAST($3 AS BIGINT)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" >= CAST($4 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- share of order that has channel is web is at least 50 %
SELECT person FROM (SELECT person, (100 * COUNT(*) FILTER(WHERE hit)) AS parts, COUNT(*) AS whole FROM (SELECT person, "at", local_day, "c5_channel_f" = CAST($1 AS TEXT) AS hit FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" >= CAST($3 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- first order is before 2026-02-01
SELECT person FROM (SELECT person, MIN("at") AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" < CAST($2 AS TIMESTAMP));

-- last order is in the last 10 days
SELECT person FROM (SELECT person, MAX("at") AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS TIMESTAMP) AND "value" < CAST($3 AS TIMESTAMP));

-- did order on at least 2 different days
SELECT person FROM (SELECT person, COUNT(DISTINCT local_day) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" >= CAST($2 AS BIGINT));

-- did order on exactly 1 day
SELECT person FROM (SELECT person, COUNT(DISTINCT local_day) AS value FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE ("value" = CAST($2 AS BIGINT));

-- most frequent channel of order is web
SELECT person FROM (SELECT person, n, ("value" = CAST($2 AS TEXT)) AS passes FROM (SELECT person, value, COUNT(*) AS n FROM (SELECT person, "at", local_day, "c5_channel_f" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted WHERE NOT value IS NULL GROUP BY person, value) AS often) AS judged GROUP BY person HAVING MAX(n) FILTER(WHERE passes) = MAX(n);

-- most frequent brand of order is Adidas
SELECT person FROM (SELECT person, n, ("value" = CAST($2 AS TEXT)) AS passes FROM (SELECT person, value, COUNT(*) AS n FROM (SELECT person, "at", local_day, UNNEST(LIST_DISTINCT("c4_brand_f")) AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted WHERE NOT value IS NULL GROUP BY person, value) AS often) AS judged GROUP BY person HAVING MAX(n) FILTER(WHERE passes) = MAX(n);

-- most frequent channel of order in last 10 days is not web
SELECT person FROM (SELECT person, n, ("value" = CAST($3 AS TEXT)) AS passes FROM (SELECT person, value, COUNT(*) AS n FROM (SELECT person, "at", local_day, "c5_channel_f" AS value FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AS counted WHERE NOT value IS NULL GROUP BY person, value) AS often) AS judged GROUP BY person HAVING MAX(n) FILTER(WHERE passes) = MAX(n);

-- at least 50 % of orders used a discount code
SELECT person FROM (SELECT person, (100 * COUNT(*) FILTER(WHERE hit)) AS parts, COUNT(*) AS whole FROM (SELECT person, "at", local_day, NOT "c6_coupon" IS NULL AS hit FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" >= CAST($2 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- at most 50 % of orders used a discount code
SELECT person FROM (SELECT person, (100 * COUNT(*) FILTER(WHERE hit)) AS parts, COUNT(*) AS whole FROM (SELECT person, "at", local_day, NOT "c6_coupon" IS NULL AS hit FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" <= CAST($2 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- at least 70 % of orders in the last 30 days used a discount code
SELECT person FROM (SELECT person, (100 * COUNT(*) FILTER(WHERE hit)) AS parts, COUNT(*) AS whole FROM (SELECT person, "at", local_day, NOT "c6_coupon" IS NULL AS hit FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" >= CAST($3 AS DECIMAL(38, 10)) * CAST("whole" AS DECIMAL(38, 0)));

-- usual time between orders is 15
SELECT person FROM (SELECT person, (EPOCH_US(MAX("at")) - EPOCH_US(MIN("at"))) AS parts, (COUNT(*) - 1) AS whole FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" = CAST($2 AS DECIMAL(38, 10)) * CAST(CAST("whole" AS INT128) * 86400000000 AS DECIMAL(38, 0)));

-- usual time between orders < 1
SELECT person FROM (SELECT person, (EPOCH_US(MAX("at")) - EPOCH_US(MIN("at"))) AS parts, (COUNT(*) - 1) AS whole FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE whole > 0 AND ("parts" < CAST($2 AS DECIMAL(38, 10)) * CAST(CAST("whole" AS INT128) * 86400000000 AS DECIMAL(38, 0)));

-- time since last order is more than 1 times the usual time between orders
SELECT person FROM (SELECT COALESCE(l.person, r.person) AS person, "l"."num" AS ln, "l"."den" AS ld, "r"."num" AS rn, "r"."den" AS rd FROM (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, (EPOCH_US(CAST($1 AS TIMESTAMP)) - EPOCH_US(MAX("at"))) AS num, 1 AS den FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS l FULL JOIN (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, (EPOCH_US(MAX("at")) - EPOCH_US(MIN("at"))) AS num, (COUNT(*) - 1) AS den FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS r ON l.person = r.person) AS pair WHERE NOT (ln = 0 AND rn = 0) AND COALESCE(TRY((ln * rd * CAST(CAST($4 AS TEXT) AS INT128) > rn * ld * CAST(CAST($5 AS TEXT) AS INT128))), (CAST(ln AS DOUBLE) * CAST(rd AS DOUBLE) * CAST(CAST($4 AS TEXT) AS DOUBLE) > CAST(rn AS DOUBLE) * CAST(ld AS DOUBLE) * CAST(CAST($5 AS TEXT) AS DOUBLE)));

-- time since first order is more than 3 times the usual time between orders
SELECT person FROM (SELECT COALESCE(l.person, r.person) AS person, "l"."num" AS ln, "l"."den" AS ld, "r"."num" AS rn, "r"."den" AS rd FROM (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, (EPOCH_US(CAST($1 AS TIMESTAMP)) - EPOCH_US(MIN("at"))) AS num, 1 AS den FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($2 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS l FULL JOIN (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, (EPOCH_US(MAX("at")) - EPOCH_US(MIN("at"))) AS num, (COUNT(*) - 1) AS den FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS r ON l.person = r.person) AS pair WHERE NOT (ln = 0 AND rn = 0) AND COALESCE(TRY((ln * rd * CAST(CAST($4 AS TEXT) AS INT128) > rn * ld * CAST(CAST($5 AS TEXT) AS INT128))), (CAST(ln AS DOUBLE) * CAST(rd AS DOUBLE) * CAST(CAST($4 AS TEXT) AS DOUBLE) > CAST(rn AS DOUBLE) * CAST(ld AS DOUBLE) * CAST(CAST($5 AS TEXT) AS DOUBLE)));

-- sum of total of order in the last 30 days is more than 1.5 times the sum of total of order between 31 and 60 days ago
SELECT person FROM (SELECT COALESCE(l.person, r.person) AS person, COALESCE("l"."num", 0) AS ln, COALESCE("l"."den", 1) AS ld, COALESCE("r"."num", 0) AS rn, COALESCE("r"."den", 1) AS rd FROM (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, ((COALESCE(SUM(value), 0)) * 10000) AS num, 1 AS den FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS l FULL JOIN (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, ((COALESCE(SUM(value), 0)) * 10000) AS num, 1 AS den FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AND "at" >= CAST($4 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS r ON l.person = r.person) AS pair WHERE NOT (ln = 0 AND rn = 0) AND COALESCE(TRY((ln * rd * CAST(CAST($5 AS TEXT) AS INT128) > rn * ld * CAST(CAST($6 AS TEXT) AS INT128))), (CAST(ln AS DOUBLE) * CAST(rd AS DOUBLE) * CAST(CAST($5 AS TEXT) AS DOUBLE) > CAST(rn AS DOUBLE) * CAST(ld AS DOUBLE) * CAST(CAST($6 AS TEXT) AS DOUBLE)));

-- number of orders in the last 30 days is less than the number of orders between 31 and 60 days ago
SELECT person FROM (SELECT COALESCE(l.person, r.person) AS person, COALESCE("l"."num", 0) AS ln, COALESCE("l"."den", 1) AS ld, COALESCE("r"."num", 0) AS rn, COALESCE("r"."den", 1) AS rd FROM (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, COUNT(*) AS num, 1 AS den FROM (SELECT person, "at", local_day FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS l FULL JOIN (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, COUNT(*) AS num, 1 AS den FROM (SELECT person, "at", local_day FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AND "at" >= CAST($4 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS r ON l.person = r.person) AS pair WHERE NOT (ln = 0 AND rn = 0) AND COALESCE(TRY((ln * rd * CAST(CAST($5 AS TEXT) AS INT128) < rn * ld * CAST(CAST($6 AS TEXT) AS INT128))), (CAST(ln AS DOUBLE) * CAST(rd AS DOUBLE) * CAST(CAST($5 AS TEXT) AS DOUBLE) < CAST(rn AS DOUBLE) * CAST(ld AS DOUBLE) * CAST(CAST($6 AS TEXT) AS DOUBLE)));

-- number of orders in the last 5 days is at least the number of orders between 31 and 60 days ago
SELECT person FROM (SELECT COALESCE(l.person, r.person) AS person, COALESCE("l"."num", 0) AS ln, COALESCE("l"."den", 1) AS ld, COALESCE("r"."num", 0) AS rn, COALESCE("r"."den", 1) AS rd FROM (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, COUNT(*) AS num, 1 AS den FROM (SELECT person, "at", local_day FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS l FULL JOIN (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, COUNT(*) AS num, 1 AS den FROM (SELECT person, "at", local_day FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($3 AS TIMESTAMP)) AND "at" >= CAST($4 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS r ON l.person = r.person) AS pair WHERE NOT (ln = 0 AND rn = 0) AND COALESCE(TRY((ln * rd * CAST(CAST($5 AS TEXT) AS INT128) >= rn * ld * CAST(CAST($6 AS TEXT) AS INT128))), (CAST(ln AS DOUBLE) * CAST(rd AS DOUBLE) * CAST(CAST($5 AS TEXT) AS DOUBLE) >= CAST(rn AS DOUBLE) * CAST(ld AS DOUBLE) * CAST(CAST($6 AS TEXT) AS DOUBLE)));

-- in the top 1 by points
CREATE OR REPLACE TEMPORARY TABLE ranked AS SELECT v.person, v.num, v.den FROM (SELECT person, CAST("value" AS INT128) AS num, CAST(1 AS INT128) AS den FROM "a5_points" AS t WHERE valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP) AND NOT value IS NULL) AS v WHERE v.person IN (SELECT person FROM person WHERE living);

-- in the top 1 by points
SELECT v.person FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS v JOIN (SELECT whole, rest, SUM(n) OVER (ORDER BY whole, rest) - n AS smaller, SUM(n) OVER () - SUM(n) OVER (ORDER BY whole, rest) AS greater, SUM(n) OVER () AS many FROM (SELECT whole, rest, COUNT(*) AS n FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS w GROUP BY whole, rest) AS different) AS p ON p.whole = v.whole AND p.rest = v.rest WHERE (greater < CAST($1 AS BIGINT));

-- in the bottom 1 by points
SELECT v.person FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS v JOIN (SELECT whole, rest, SUM(n) OVER (ORDER BY whole, rest) - n AS smaller, SUM(n) OVER () - SUM(n) OVER (ORDER BY whole, rest) AS greater, SUM(n) OVER () AS many FROM (SELECT whole, rest, COUNT(*) AS n FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS w GROUP BY whole, rest) AS different) AS p ON p.whole = v.whole AND p.rest = v.rest WHERE (smaller < CAST($1 AS BIGINT));

-- in the top 40 % by points
SELECT v.person FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS v JOIN (SELECT whole, rest, SUM(n) OVER (ORDER BY whole, rest) - n AS smaller, SUM(n) OVER () - SUM(n) OVER (ORDER BY whole, rest) AS greater, SUM(n) OVER () AS many FROM (SELECT whole, rest, COUNT(*) AS n FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS w GROUP BY whole, rest) AS different) AS p ON p.whole = v.whole AND p.rest = v.rest WHERE (100 * greater < CAST($1 AS BIGINT) * many);

-- in the bottom 20 % by points
SELECT v.person FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS v JOIN (SELECT whole, rest, SUM(n) OVER (ORDER BY whole, rest) - n AS smaller, SUM(n) OVER () - SUM(n) OVER (ORDER BY whole, rest) AS greater, SUM(n) OVER () AS many FROM (SELECT whole, rest, COUNT(*) AS n FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS w GROUP BY whole, rest) AS different) AS p ON p.whole = v.whole AND p.rest = v.rest WHERE (100 * smaller < CAST($1 AS BIGINT) * many);

-- in quintile 5 by points
SELECT v.person FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS v JOIN (SELECT whole, rest, SUM(n) OVER (ORDER BY whole, rest) - n AS smaller, SUM(n) OVER () - SUM(n) OVER (ORDER BY whole, rest) AS greater, SUM(n) OVER () AS many FROM (SELECT whole, rest, COUNT(*) AS n FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS w GROUP BY whole, rest) AS different) AS p ON p.whole = v.whole AND p.rest = v.rest WHERE (1 + (5 * smaller) // many = CAST($1 AS BIGINT));

-- in decile 1 by points
SELECT v.person FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS v JOIN (SELECT whole, rest, SUM(n) OVER (ORDER BY whole, rest) - n AS smaller, SUM(n) OVER () - SUM(n) OVER (ORDER BY whole, rest) AS greater, SUM(n) OVER () AS many FROM (SELECT whole, rest, COUNT(*) AS n FROM (SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked) AS w GROUP BY whole, rest) AS different) AS p ON p.whole = v.whole AND p.rest = v.rest WHERE (1 + (10 * smaller) // many = CAST($1 AS BIGINT));

-- in the top 1 by sum of total of order
CREATE OR REPLACE TEMPORARY TABLE ranked AS SELECT v.person, v.num, v.den FROM (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, ((COALESCE(SUM(value), 0)) * 10000) AS num, 1 AS den FROM (SELECT person, "at", local_day, "c1_total" AS value FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS v WHERE v.person IN (SELECT person FROM person WHERE living);

-- below average by number of orders
CREATE OR REPLACE TEMPORARY TABLE ranked AS SELECT v.person, v.num, v.den FROM (SELECT person, CAST(num AS INT128) AS num, CAST(den AS INT128) AS den FROM (SELECT person, COUNT(*) AS num, 1 AS den FROM (SELECT person, "at", local_day FROM "e0_order" WHERE NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AS counted GROUP BY person) AS figure WHERE NOT num IS NULL AND den > 0) AS v WHERE v.person IN (SELECT person FROM person WHERE living);

-- in the top 1 by points among segment golden
CREATE OR REPLACE TEMPORARY TABLE ranked AS SELECT v.person, v.num, v.den FROM (SELECT person, CAST("value" AS INT128) AS num, CAST(1 AS INT128) AS den FROM "a5_points" AS t WHERE valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP) AND NOT value IS NULL) AS v WHERE v.person IN (SELECT person FROM given);

-- within 5 km of 60.1699, 24.9384
SELECT person FROM (SELECT a.person, RADIANS(CAST(a.value AS DOUBLE)) AS lat, RADIANS(CAST($1 AS DOUBLE)) AS lat2, RADIANS(CAST($2 AS DOUBLE)) - RADIANS(CAST(b.value AS DOUBLE)) AS lon FROM (SELECT person, value FROM "a20_latitude" AS t WHERE (valid_from < CAST($3 AS TIMESTAMP) AND valid_to >= CAST($3 AS TIMESTAMP)) AND NOT value IS NULL) AS a JOIN (SELECT person, value FROM "a21_longitude" AS t WHERE (valid_from < CAST($3 AS TIMESTAMP) AND valid_to >= CAST($3 AS TIMESTAMP)) AND NOT value IS NULL) AS b ON b.person = a.person) AS place WHERE 2 * CAST($4 AS DOUBLE) * ASIN(LEAST(1, SQRT(POWER(SIN((lat2 - lat) / 2), 2) + COS(lat) * COS(lat2) * POWER(SIN(lon / 2), 2)))) <= CAST($5 AS DOUBLE);

-- may be sent e-mail marketing

WITH known AS (
    SELECT person, given, dated, basis, effective_at, role, account, places,
        max(effective_at) FILTER (WHERE NOT given) OVER (PARTITION BY person) AS withdrawn_at
    FROM consent WHERE purpose = $1 AND effective_at < CAST($2 AS TIMESTAMP)
)
SELECT person FROM known
WHERE given AND (withdrawn_at IS NULL OR (dated AND basis = 'consent' AND effective_at > withdrawn_at))
UNION
SELECT g.person FROM known AS g
WHERE g.given AND NOT g.role IS NULL AND NOT g.withdrawn_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM known AS w WHERE w.person = g.person AND NOT w.given
        AND NOT (g.dated AND g.basis = 'consent' AND g.effective_at > w.effective_at)
        AND (w.role IS NULL OR (w.role = g.role AND coalesce(w.account = g.account, true)) OR coalesce(list_has_any(w.places, g.places), false))
)
;

-- reachable by e-mail
SELECT person FROM "a0_email" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND NOT value IS NULL;

-- reachable by SMS
SELECT person FROM "a16_phone" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND NOT value IS NULL;

-- reachable by post
SELECT person FROM "a15_address" AS t WHERE ((valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND NOT value IS NULL) AND "person" IN (SELECT person FROM "a14_postcode" AS t WHERE (valid_from < CAST($2 AS TIMESTAMP) AND valid_to >= CAST($2 AS TIMESTAMP)) AND NOT value IS NULL);

-- random 100 % with seed "spring"
SELECT person FROM person WHERE living AND CAST(CONCAT('0x', SUBSTRING(MD5(CONCAT(CAST($1 AS TEXT), ':', person_id)), 1, 8)) AS BIGINT) < CAST($2 AS BIGINT);

-- number of items in tags >= 2
SELECT person FROM "a13_tags" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (COALESCE(LENGTH(LIST_DISTINCT("fold")), 0) >= CAST($2 AS BIGINT));

-- number of items in tags is 1
SELECT person FROM "a13_tags" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (COALESCE(LENGTH(LIST_DISTINCT("fold")), 0) = CAST($2 AS BIGINT));

-- number of items in tags < 2
SELECT person FROM "a13_tags" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) GROUP BY person HAVING NOT BOOL_OR(CAST(COALESCE((COALESCE(LENGTH(LIST_DISTINCT("fold")), 0) < CAST($2 AS BIGINT)), FALSE) AS BOOLEAN));

-- tags is vip
SELECT person FROM "a13_tags" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("fold" && CAST($2 AS TEXT[]));

-- did order where weekday of delivered is Friday
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND LIST_EXTRACT(CAST($2 AS TEXT[]), ISODOW("c8_delivered")) = CAST($3 AS TEXT);

-- did order where number of brand >= 2
SELECT person FROM "e0_order" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND COALESCE(LENGTH(LIST_DISTINCT("c4_brand_f")), 0) >= CAST($2 AS BIGINT);

-- any contact of the account visited page Pricing
SELECT person FROM "e5_page_view" WHERE (NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "c18_page_f" = CAST($2 AS TEXT);

-- any contact of the account visited page Pricing
SELECT c.person FROM (SELECT t.person, t.fold FROM "a17_company" AS t JOIN person AS p ON p.person = t.person AND p.living WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND NOT t.fold IS NULL) AS c JOIN (SELECT d.fold FROM (SELECT t.person, t.fold FROM "a17_company" AS t JOIN person AS p ON p.person = t.person AND p.living WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND NOT t.fold IS NULL) AS d LEFT JOIN given AS g ON g.person = d.person GROUP BY d.fold HAVING (COUNT(g.person) >= 1)) AS a ON a.fold = c.fold;

-- at least 2 contacts of the account visited page "Pricing" in the last 14 days
SELECT person FROM "e5_page_view" WHERE ((NOT person IS NULL AND "at" < CAST($1 AS TIMESTAMP)) AND "at" >= CAST($2 AS TIMESTAMP)) AND "c18_page_f" = CAST($3 AS TEXT);

-- at least 2 contacts of the account visited page "Pricing" in the last 14 days
SELECT c.person FROM (SELECT t.person, t.fold FROM "a17_company" AS t JOIN person AS p ON p.person = t.person AND p.living WHERE (valid_from < CAST($2 AS TIMESTAMP) AND valid_to >= CAST($2 AS TIMESTAMP)) AND NOT t.fold IS NULL) AS c JOIN (SELECT d.fold FROM (SELECT t.person, t.fold FROM "a17_company" AS t JOIN person AS p ON p.person = t.person AND p.living WHERE (valid_from < CAST($2 AS TIMESTAMP) AND valid_to >= CAST($2 AS TIMESTAMP)) AND NOT t.fold IS NULL) AS d LEFT JOIN given AS g ON g.person = d.person GROUP BY d.fold HAVING (COUNT(g.person) >= CAST($1 AS BIGINT))) AS a ON a.fold = c.fold;

-- all contacts of the account visited page Pricing in the last 8 days
SELECT c.person FROM (SELECT t.person, t.fold FROM "a17_company" AS t JOIN person AS p ON p.person = t.person AND p.living WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND NOT t.fold IS NULL) AS c JOIN (SELECT d.fold FROM (SELECT t.person, t.fold FROM "a17_company" AS t JOIN person AS p ON p.person = t.person AND p.living WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND NOT t.fold IS NULL) AS d LEFT JOIN given AS g ON g.person = d.person GROUP BY d.fold HAVING (COUNT(g.person) = COUNT(*))) AS a ON a.fold = c.fold;

-- the account has 50-249 employees
SELECT person FROM "a18_employees" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" >= CAST($2 AS BIGINT) AND "value" <= CAST($3 AS BIGINT));

-- the account has an open deal
SELECT person FROM "a19_open_deal" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" = CAST($2 AS BOOLEAN));

-- city has ever been Turku
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP)) AND ("fold" = CAST($2 AS TEXT));

-- frequency was 2 90 days ago
SELECT person FROM "trait_rfm_past" AS t WHERE (moment = CAST($1 AS TIMESTAMP)) AND ("frequency" = CAST($2 AS BIGINT));

-- RFM group was "prospects" 90 days ago
SELECT person FROM "trait_rfm_past" AS t WHERE (moment = CAST($1 AS TIMESTAMP)) AND (LOWER("rfm_group") = CAST($2 AS TEXT));

-- entered segment vips
SELECT person FROM membership_change WHERE segment = CAST($1 AS TEXT) AND entered = CAST($2 AS BOOLEAN) AND "at" < CAST($3 AS TIMESTAMP) AND cause IS DISTINCT FROM 'known';

-- left segment vips in the last 14 days
SELECT person FROM membership_change WHERE (segment = CAST($1 AS TEXT) AND entered = CAST($2 AS BOOLEAN) AND "at" < CAST($3 AS TIMESTAMP) AND cause IS DISTINCT FROM 'known') AND "at" >= CAST($4 AS TIMESTAMP);

-- was in segment vips 30 days ago
SELECT person FROM membership_change WHERE segment = CAST($1 AS TEXT) AND "at" <= CAST($2 AS TIMESTAMP) AND "at" < CAST($3 AS TIMESTAMP) GROUP BY person HAVING ARG_MAX(entered, ROW("at", run));

-- points is 10
SELECT person FROM "a5_points" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" = CAST($2 AS BIGINT));

-- points is one of 5, 15
SELECT person FROM "a5_points" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND LIST_CONTAINS(CAST($2 AS BIGINT[]), CAST("value" AS BIGINT));

-- points >= 5.5
SELECT person FROM "a5_points" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" >= CAST($2 AS BIGINT));

-- points < 10.5
SELECT person FROM "a5_points" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" < CAST($2 AS BIGINT));

-- points is known
SELECT person FROM "a5_points" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (NOT "value" IS NULL);

-- joined is before 2026-01-15
SELECT person FROM "a11_joined" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" < CAST($2 AS TIMESTAMP));

-- joined is after 2026-01-15
SELECT person FROM "a11_joined" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" >= CAST($2 AS TIMESTAMP));

-- tags has all of vip, wholesale
SELECT person FROM "a13_tags" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND LIST_HAS_ALL("fold", CAST($2 AS TEXT[]));

-- city contains any of "ampe", "oul"
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (LENGTH(LIST_FILTER(CAST($2 AS TEXT[]), LAMBDA y : CONTAINS("fold", y))) > 0);

-- city contains all of "t", "ku"
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (NOT "fold" IS NULL AND LENGTH(LIST_FILTER(CAST($2 AS TEXT[]), LAMBDA y : NOT CONTAINS("fold", y))) = 0);

-- tags contains all of "whole", "customer"
SELECT person FROM "a13_tags" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (LENGTH(LIST_FILTER("fold", LAMBDA x : (NOT x IS NULL AND LENGTH(LIST_FILTER(CAST($2 AS TEXT[]), LAMBDA y : NOT CONTAINS(x, y))) = 0))) > 0);

-- city starts with "ta"
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND STARTS_WITH("fold", CAST($2 AS TEXT));

-- postcode starts with "00"
SELECT person FROM "a14_postcode" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND STARTS_WITH("fold", CAST($2 AS TEXT));

-- city ends with "KU"
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ENDS_WITH("fold", CAST($2 AS TEXT));

-- city matches "t*"
SELECT person FROM "a1_city" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("fold" LIKE CAST($2 AS TEXT) ESCAPE '\');

-- contract_ends is in the next 14 days
SELECT person FROM "a10_contract_ends" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND ("value" >= CAST($2 AS DATE) AND "value" < CAST($3 AS DATE));

-- birthday anniversary is in the next 13 days
SELECT person FROM "a9_birthday" AS t WHERE (valid_from < CAST($1 AS TIMESTAMP) AND valid_to >= CAST($1 AS TIMESTAMP)) AND (LIST_EXTRACT(CAST($2 AS INT[]), 100 * MONTH("value") + DAY("value")) > YEAR("value"));
