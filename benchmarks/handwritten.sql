-- The ready-made segments (src/lohko/starter) as an analyst writes them: one query per segment, each on its own.
-- $today is the day on whose first instant, $now, the question is asked; local_day is the day in the shop's own time zone.
-- The views: customers(person, label), orders(person, at, local_day, total, discount), refunds(person, at, local_day, total),
-- product_views, carts, received, opened, clicked (person, local_day).

-- segment: active
SELECT DISTINCT person FROM orders WHERE total > 0 AND local_day >= $today - 90 AND local_day < $today;

-- segment: at-risk
SELECT person FROM orders WHERE total > 0 AND local_day < $today
GROUP BY person HAVING max(local_day) >= $today - 180 AND max(local_day) < $today - 90;

-- segment: big-baskets
SELECT person FROM orders WHERE total > 0 AND local_day >= $today - 365 AND local_day < $today
GROUP BY person HAVING avg(total) >= 150;

-- segment: browsed-not-bought
SELECT person FROM product_views WHERE local_day >= $today - 14 AND local_day < $today
    AND person NOT IN (SELECT person FROM orders WHERE local_day >= $today - 14 AND local_day < $today)
GROUP BY person HAVING count(*) >= 3;

-- segment: buyers
SELECT DISTINCT person FROM orders WHERE total > 0 AND local_day < $today;

-- segment: champions
WITH buyer AS (
    SELECT person, epoch_us($now - max("at")) // 86400000000 AS recency, count(*) AS frequency, sum(total) AS amount
    FROM orders WHERE total > 0 AND local_day < $today GROUP BY person
), net AS (
    SELECT b.person, b.recency, b.frequency, b.amount - coalesce(r.amount, 0) AS monetary
    FROM buyer AS b LEFT JOIN (SELECT person, sum(total) AS amount FROM refunds WHERE local_day < $today GROUP BY person) AS r USING (person)
), scored AS (
    SELECT person, 1 + (5 * (rank() OVER (ORDER BY recency DESC) - 1)) // count(*) OVER () AS r,
        1 + (5 * (rank() OVER (ORDER BY frequency) - 1)) // count(*) OVER () AS f,
        1 + (5 * (rank() OVER (ORDER BY monetary) - 1)) // count(*) OVER () AS m FROM net
)
SELECT person FROM scored WHERE list_contains($champions, concat(r, f, m));

-- segment: cooling
SELECT person FROM orders WHERE total > 0 AND local_day < $today
GROUP BY person HAVING max(local_day) >= $today - 90 AND max(local_day) < $today - 40;

-- segment: discount-lovers
SELECT person FROM orders WHERE local_day >= $today - 365 AND local_day < $today
GROUP BY person
HAVING count(*) FILTER (WHERE discount > 0) >= 2 AND count(*) FILTER (WHERE total > 0 AND discount = 0) <= 1;

-- segment: email-engaged
SELECT person FROM clicked WHERE local_day >= $today - 90 AND local_day < $today
UNION
SELECT person FROM opened WHERE local_day >= $today - 90 AND local_day < $today GROUP BY person HAVING count(*) >= 3;

-- segment: email-inactive
SELECT person FROM received WHERE local_day >= $today - 180 AND local_day < $today
    AND person NOT IN (SELECT person FROM opened WHERE local_day >= $today - 180 AND local_day < $today)
    AND person NOT IN (SELECT person FROM clicked WHERE local_day >= $today - 180 AND local_day < $today)
GROUP BY person HAVING count(*) >= 5;

-- segment: lapsed
SELECT person FROM orders WHERE total > 0 AND local_day < $today GROUP BY person HAVING max(local_day) < $today - 180;

-- segment: lapsed-regulars
SELECT person FROM orders WHERE total > 0 AND local_day < $today
GROUP BY person HAVING count(*) >= 4 AND max(local_day) < $today - 180;

-- segment: lapsed-vips
SELECT person FROM orders WHERE local_day >= $today - 730 AND local_day < $today
GROUP BY person HAVING sum(total) > 500 AND max(local_day) < $today - 180;

-- segment: left-cart
SELECT DISTINCT person FROM carts WHERE local_day >= $today - 3 AND local_day < $today
    AND person NOT IN (SELECT person FROM orders WHERE local_day >= $today - 3 AND local_day < $today);

-- segment: new-customers
SELECT person FROM orders WHERE total > 0 AND local_day < $today
GROUP BY person HAVING count(*) = 1 AND max(local_day) >= $today - 89;

-- segment: one-time-buyers
SELECT person FROM orders WHERE total > 0 AND local_day < $today GROUP BY person HAVING count(*) = 1;

-- segment: prospects
SELECT person FROM customers WHERE person NOT IN (SELECT person FROM orders WHERE total > 0 AND local_day < $today);

-- segment: recently-refunded
SELECT DISTINCT person FROM refunds WHERE local_day >= $today - 30 AND local_day < $today;

-- segment: regulars
SELECT person FROM orders WHERE total > 0 AND local_day < $today
GROUP BY person HAVING count(*) >= 4 AND max(local_day) >= $today - 89;

-- segment: repeat-buyers
SELECT person FROM orders WHERE total > 0 AND local_day < $today GROUP BY person HAVING count(*) >= 2;

-- segment: save-them
WITH buyer AS (
    SELECT person, epoch_us($now - max("at")) // 86400000000 AS recency, count(*) AS frequency, sum(total) AS amount
    FROM orders WHERE total > 0 AND local_day < $today GROUP BY person
), net AS (
    SELECT b.person, b.recency, b.frequency, b.amount - coalesce(r.amount, 0) AS monetary
    FROM buyer AS b LEFT JOIN (SELECT person, sum(total) AS amount FROM refunds WHERE local_day < $today GROUP BY person) AS r USING (person)
), scored AS (
    SELECT person, 1 + (5 * (rank() OVER (ORDER BY recency DESC) - 1)) // count(*) OVER () AS r,
        1 + (5 * (rank() OVER (ORDER BY frequency) - 1)) // count(*) OVER () AS f,
        1 + (5 * (rank() OVER (ORDER BY monetary) - 1)) // count(*) OVER () AS m FROM net
)
SELECT person FROM scored WHERE list_contains($worth_saving, concat(r, f, m));

-- segment: second-order-due
SELECT person FROM orders WHERE total > 0 AND local_day < $today
GROUP BY person HAVING count(*) = 1 AND max(local_day) >= $today - 60 AND max(local_day) < $today - 30;

-- segment: vip
SELECT person FROM orders WHERE local_day >= $today - 365 AND local_day < $today GROUP BY person HAVING sum(total) >= 500;

-- rule: did order where total > 100 in last 90 days
SELECT count(DISTINCT person) FROM orders WHERE total > 100 AND local_day >= $today - 90 AND local_day < $today;

-- rule: sum of total of order in last 365 days >= 300
SELECT count(*) FROM (
    SELECT person FROM orders WHERE local_day >= $today - 365 AND local_day < $today GROUP BY person HAVING sum(total) >= 300
);

-- rule: did order at least 2 times in last 365 days and did product_view at least 3 times in last 90 days and did not refund in last 365 days and (did email_opened in last 180 days or did email_clicked in last 180 days)
SELECT count(*) FROM (
    SELECT person FROM orders WHERE local_day >= $today - 365 AND local_day < $today
        AND person IN (SELECT person FROM product_views WHERE local_day >= $today - 90 AND local_day < $today GROUP BY person HAVING count(*) >= 3)
        AND person NOT IN (SELECT person FROM refunds WHERE local_day >= $today - 365 AND local_day < $today)
        AND person IN (SELECT person FROM opened WHERE local_day >= $today - 180 AND local_day < $today
            UNION ALL SELECT person FROM clicked WHERE local_day >= $today - 180 AND local_day < $today)
    GROUP BY person HAVING count(*) >= 2
);

-- explain: regulars
SELECT count(*), max(local_day) FROM orders
WHERE total > 0 AND local_day < $today AND person = (SELECT person FROM customers WHERE label = $customer);
